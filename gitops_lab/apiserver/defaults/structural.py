"""Defaults that a schema declares, for custom resources."""

from typing import Any

from gitops_lab.apiserver.types import Schema
from gitops_lab.kube.objects import copied


def apply_schema_defaults(value: Any, schema: Schema) -> Any:
    """The value with the schema's defaults where a field is absent, or null and not nullable.

    Parts that need nothing are shared with the input, which stays as it is.
    """
    if isinstance(value, dict):
        return _object(value, schema)
    if isinstance(value, list) and schema.items is not None:
        items = schema.items
        changed = [apply_schema_defaults(item, items) for item in value]
        return changed if any(a is not b for a, b in zip(changed, value, strict=True)) else value
    return value


def _object(value: dict[str, Any], schema: Schema) -> dict[str, Any]:
    result = value
    for key, sub in schema.fields.items():
        present = value.get(key)
        if present is None and sub.has_default and not (key in value and sub.nullable):
            present = copied(sub.default)
        elif present is None:
            continue
        result = _put(result, value, key, apply_schema_defaults(present, sub))
    if schema.values is not None:
        for key, present in value.items():
            if key not in schema.fields:
                result = _put(result, value, key, apply_schema_defaults(present, schema.values))
    return result


def _put(result: dict[str, Any], original: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    if key in original and original[key] is value:
        return result
    if result is original:
        result = dict(original)
    result[key] = value
    return result
