"""Fields that a schema does not know: told to the client, or taken away."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types import Schema, builtin_definitions

ROOT_FIELDS = ("apiVersion", "kind", "metadata")
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def unknown_fields(raw: dict[str, Any], schema: Schema) -> list[str]:
    """One sentence for each: `unknown field "spec.ports[0].prot"`."""
    return [f'unknown field "{path}"' for path in _unknown(raw, schema, "", whole=True)]


def _unknown(value: Any, schema: Schema, path: str, *, whole: bool = False) -> Iterator[str]:
    if isinstance(value, list):
        if schema.items is not None:
            for index, item in enumerate(value):
                if isinstance(item, dict | list):
                    yield from _unknown(item, schema.items, f"{path}[{index}]")
        return
    for key, sub in value.items():
        below = child(schema, key, whole=whole or schema.embedded_resource)
        here = f"{path}.{key}" if path else key
        if below is None:
            if not schema.open:
                yield here
        elif isinstance(sub, dict | list):
            yield from _unknown(sub, below, here)


def prune_unknown(obj: Any, schema: Schema) -> Any:
    """The object without unknown fields; shares what is untouched, leaves the input alone."""
    return _pruned(obj, schema, whole=True)


def _pruned(value: Any, schema: Schema, *, whole: bool = False) -> Any:
    if isinstance(value, list):
        if schema.items is None:
            return value
        items = [_pruned(item, schema.items) for item in value]
        same = all(a is b for a, b in zip(items, value, strict=True))
        return value if same else items
    if not isinstance(value, dict):
        return value
    result = {}
    same = True
    for key, sub in value.items():
        below = child(schema, key, whole=whole or schema.embedded_resource)
        if below is None and not schema.open:
            same = False
            continue
        kept = sub if below is None else _pruned(sub, below)
        same = same and kept is sub
        result[key] = kept
    return value if same else result


def child(schema: Schema, key: str, *, whole: bool) -> Schema | None:
    """What is known of a key; every whole object has apiVersion, kind and metadata."""
    found = schema.at(key)
    if whole and key in ROOT_FIELDS and (key == "metadata" or found is None):
        meta = builtin_definitions().schema(OBJECT_META)
        return meta if key == "metadata" else meta.fields["name"]
    return found
