"""Reading `metadata.managedFields`: what a manager owns, and who changed what. Pure.

The server writes there, for each manager, the set of fields it last set (KEP-555). A set is a
tree: `f:name` a field, `k:{"name":"web"}` the item of a list with those keys, `v:"x"` the item of
a set, `.` the thing itself.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from gitops_lab.kube.objects import Object

FieldSet = dict[str, Any]
Path = tuple[str, ...]
_MISSING = object()


@dataclass(frozen=True)
class Writer:
    """Who wrote: `manager` as it named itself, `operation` Apply or Update, `time` ISO 8601."""

    manager: str
    operation: str
    time: str = ""

    def __str__(self) -> str:
        return f"{self.manager} ({self.operation}{' at ' + self.time if self.time else ''})"


def owned_set(obj: Object, manager: str) -> FieldSet:
    """The fields that `manager` applied; empty when it never did."""
    for entry in _entries(obj):
        if (
            entry.get("manager") == manager
            and entry.get("operation") == "Apply"
            and not entry.get("subresource")
        ):
            return dict(entry.get("fieldsV1") or {})
    return {}


def extract(value: Any, fields: FieldSet) -> Any:
    """The part of a value that a field set names; items of keyed lists in the value's order."""
    if isinstance(value, dict):
        return {
            key[2:]: _extract_field(value[key[2:]], below)
            for key, below in fields.items()
            if key.startswith("f:") and key[2:] in value
        }
    if isinstance(value, list):
        return _extract_items(value, fields)
    return value


def fingerprint(obj: Object, manager: str) -> bytes:
    """16 bytes that change when a field of the manager changes its value or its owner."""
    fields = owned_set(obj, manager)
    content = orjson.dumps([fields, extract(obj, fields)], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=16).digest()


def writer_of(obj: Object, path: Path, *, ignore: str = "") -> Writer | None:
    """Who owns the field at `path` (as `compare.differences` names it), latest first.

    `ignore` leaves one manager out. None when no other manager owns it.
    """
    entries = [e for e in _entries(obj) if e.get("manager") != ignore]
    for entry in sorted(entries, key=lambda e: str(e.get("time", "")), reverse=True):
        fields = entry.get("fieldsV1")
        if fields and _names(fields, path):
            return _writer(entry)
    return None


def last_writer(obj: Object, *, ignore: str = "") -> Writer | None:
    """The manager that wrote last, status and scale writes by controllers left out."""
    entries = [
        e for e in _entries(obj) if e.get("manager") != ignore and e.get("subresource") != "status"
    ]
    latest = max(entries, key=lambda e: str(e.get("time", "")), default=None)
    return _writer(latest) if latest else None


def _entries(obj: Object) -> list[dict[str, Any]]:
    return (obj.get("metadata") or {}).get("managedFields") or []


def _writer(entry: dict[str, Any]) -> Writer:
    return Writer(
        str(entry.get("manager", "")), str(entry.get("operation", "")), str(entry.get("time", ""))
    )


def _extract_field(value: Any, below: FieldSet) -> Any:
    return value if not below else extract(value, below)


def _extract_items(items: list[Any], fields: FieldSet) -> list[Any]:
    wanted = [(_item_keys(key), below) for key, below in fields.items() if key[:2] in ("k:", "v:")]
    return [
        _extract_field(item, below)
        for item in items
        for keys, below in wanted
        if _is_item(item, keys)
    ]


def _item_keys(key: str) -> Any:
    parsed = orjson.loads(key[2:])
    return parsed if key.startswith("k:") else (parsed,)


def _is_item(item: Any, keys: Any) -> bool:
    if isinstance(keys, tuple):
        return bool(item == keys[0])
    return isinstance(item, dict) and all(
        item.get(name, _MISSING) == value for name, value in keys.items()
    )


def _names(fields: FieldSet, path: Path) -> bool:
    """Whether the set names the field at `path`, or something at or below its end."""
    if not path:
        return True
    return any(_names(below, path[1:]) for below in _steps(fields, path[0])) or (
        not fields and bool(path)
    )


def _steps(fields: FieldSet, step: str) -> Iterator[FieldSet]:
    """`name` leads into f:name; `[name=web]` into the k: item with that key and value."""
    if not step.startswith("["):
        if f"f:{step}" in fields:
            yield fields[f"f:{step}"]
        return
    name, _, value = step[1:-1].partition("=")
    for key, below in fields.items():
        if key.startswith("k:") and str(orjson.loads(key[2:]).get(name, _MISSING)) == value:
            yield below
