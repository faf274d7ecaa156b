"""Whether the defaults that a schema declares are values that the schema itself allows."""

from typing import Any

from gitops_lab.apiserver.types.schema import Schema
from gitops_lab.apiserver.validation.errors import FieldError, forbidden, invalid
from gitops_lab.apiserver.validation.structural import check_value
from gitops_lab.apiserver.validation.unknown import unknown_fields

Raw = dict[str, Any]
NOWHERE = "<nil>"  # how check_value names the place of a value that stands alone


def check_defaults(schema: Raw, path: str, *, root: bool = True) -> list[FieldError]:
    """Problems of the defaults of a node and of all nodes below it."""
    problems = _check(schema, path) if "default" in schema else []
    for name, child in (schema.get("properties") or {}).items():
        place = f"{path}.properties[{name}]"
        if root and name in ("apiVersion", "kind", "metadata"):
            problems += _none(child, place, name)
        else:
            problems += check_defaults(child, place, root=False)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            problems += check_defaults(schema[name], f"{path}.{name}", root=False)
    return problems


def _none(schema: Raw, path: str, name: str) -> list[FieldError]:
    if "default" not in schema:
        return []
    return [forbidden(f"{path}.default", f"must not be set in top-level {name}")]


def _check(schema: Raw, path: str) -> list[FieldError]:
    value, node = schema["default"], Schema.from_openapi(schema)
    place = f"{path}.default"
    problems = [
        FieldError(
            each.type,
            f"{place}.{each.field}" if each.field else place,
            each.bad_value,
            each.detail.removeprefix(NOWHERE),
        )
        for each in check_value(value, node, "")
    ]
    if isinstance(value, dict) and not problems and unknown_fields(value, node):
        problems.append(invalid(place, value, "must not have unknown fields"))
    return problems
