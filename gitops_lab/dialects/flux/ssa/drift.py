"""Whether an object has drifted, what of it is left to others, and what its marks ask for. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube.objects import Object, annotations_of, copied, group_of, labels_of

_MISSING = object()


def marked(obj: Object | None, marks: Mapping[str, str]) -> bool:
    """Whether a label or an annotation has one of these values, in small letters or not."""
    if obj is None:
        return False
    own = (labels_of(obj), annotations_of(obj))
    return any(
        found.get(name, "").lower() == value.lower()
        for name, value in marks.items()
        for found in own
    )


def has_drifted(live: Object | None, dry: Object, ignored: Iterable[str] = ()) -> bool:
    """Whether writing would change labels, annotations or what is beside metadata and status."""
    if live is None:
        return True
    if labels_of(live) != labels_of(dry) or annotations_of(live) != annotations_of(dry):
        return True
    return _compared(live, ignored) != _compared(dry, ignored)


def _compared(obj: Object, ignored: Iterable[str]) -> Object:
    rest = {key: value for key, value in obj.items() if key not in ("metadata", "status")}
    pointers = list(ignored)
    if not pointers:
        return rest
    rest = copied(rest)
    for pointer in pointers:
        remove(rest, pointer)
    return rest


@dataclass(frozen=True)
class IgnoreRule:
    """Fields (JSON pointers) that are left to others, in objects that fit the target."""

    pointers: tuple[str, ...]
    target: Mapping[str, str]

    def fits(self, obj: Object) -> bool:
        """Whether the rule is about this object; names may be regular expressions."""
        metadata, target = obj.get("metadata") or {}, self.target
        values = {
            "group": group_of(obj.get("apiVersion", "")),
            "version": obj.get("apiVersion", "").rpartition("/")[2],
            "kind": obj.get("kind", ""),
            "name": metadata.get("name", ""),
            "namespace": metadata.get("namespace", ""),
        }
        if any(target.get(n) and not re.fullmatch(target[n], str(v)) for n, v in values.items()):
            return False
        return _selected(target.get("labelSelector", ""), labels_of(obj)) and _selected(
            target.get("annotationSelector", ""), annotations_of(obj)
        )


def _selected(selector: str, values: Mapping[str, str]) -> bool:
    """`a=b,c!=d,e,!f`; what else a selector may say fits nothing."""
    for part in filter(None, (one.strip() for one in selector.split(","))):
        name, sign, value = re.fullmatch(r"([^=!]*)(==|=|!=)?(.*)", part.lstrip("!")).groups()  # type: ignore[union-attr]
        if part.startswith("!"):
            good = name not in values
        elif sign is None:
            good = name in values
        else:
            good = (values.get(name.strip()) == value.strip()) == (sign != "!=")
        if not good:
            return False
    return True


def pointers_for(obj: Object, rules: Iterable[IgnoreRule]) -> list[str]:
    """The fields of this object that are left to others."""
    return [pointer for rule in rules if rule.fits(obj) for pointer in rule.pointers]


def yielded(wanted: Object, live: Object, pointers: Iterable[str], manager: str) -> Object:
    """What to write where fields are left to others.

    A field that another manager has applied is not written; else the live value is kept.
    """
    result = copied(wanted)
    for pointer in pointers:
        value = look_up(live, pointer)
        if look_up(result, pointer) == value:
            continue
        remove(result, pointer)
        if value is not _MISSING and not _applied_by_others(live, pointer, manager):
            _set(result, pointer, value)
    return result


def look_up(obj: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; a mark of its own when nothing does."""
    for part in _parts(pointer):
        obj = _child(obj, part)
    return obj


def remove(obj: Any, pointer: str) -> None:
    """Take away what stands at a JSON pointer."""
    parts = _parts(pointer)
    for part in parts[:-1]:
        obj = _child(obj, part)
    if isinstance(obj, dict):
        obj.pop(parts[-1], None)
    elif isinstance(obj, list) and parts[-1].isdigit() and int(parts[-1]) < len(obj):
        obj.pop(int(parts[-1]))


def _set(obj: Any, pointer: str, value: Any) -> None:
    parts = _parts(pointer)
    for part in parts[:-1]:
        if isinstance(obj, dict) and part not in obj:
            obj[part] = {}
        obj = _child(obj, part)
    if isinstance(obj, dict):
        obj[parts[-1]] = copied(value)
    elif isinstance(obj, list) and parts[-1].isdigit():
        obj.insert(int(parts[-1]), copied(value))


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.lstrip("/").split("/")]


def _child(obj: Any, part: str) -> Any:
    if isinstance(obj, dict):
        return obj.get(part, _MISSING)
    if isinstance(obj, list) and part.isdigit() and int(part) < len(obj):
        return obj[int(part)]
    return _MISSING


def _applied_by_others(live: Object, pointer: str, manager: str) -> bool:
    """Whether another manager applies the field; within lists that can't be told."""
    for entry in live["metadata"].get("managedFields") or []:
        if entry.get("operation") != "Apply" or entry.get("manager") == manager:
            continue
        fields: Any = entry.get("fieldsV1") or {}
        for part in _parts(pointer):
            fields = _child(fields, f"f:{part}")
        if fields is not _MISSING and not entry.get("subresource"):
            return True
    return False
