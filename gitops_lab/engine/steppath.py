"""Getting at a place inside an object by steps: a field, an index, or the keys of an item. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from gitops_lab.engine.managed import FieldSet, Path
from gitops_lab.kube.objects import Object

_ABSENT = object()


def pointer_path(pointer: str) -> Path:
    """`/metadata/annotations/a~1b` (RFC 6901) as steps."""
    parts = pointer.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def owned_paths(fields: FieldSet, path: Path = ()) -> Iterator[Path]:
    """The ends of a set of managed fields, as steps."""
    below = {key: value for key, value in fields.items() if key != "."}
    if not below and path:
        yield path
    for key, value in below.items():
        if key.startswith("f:"):
            yield from owned_paths(value, (*path, key[2:]))
        elif key.startswith("k:"):
            yield from owned_paths(value, (*path, key))


def value_at(value: Any, path: Sequence[str], default: Any = None) -> Any:
    """What stands there, or the default."""
    for step in path:
        value = _child(value, step)
        if value is _ABSENT:
            return default
    return value


def has(value: Any, path: Sequence[str]) -> bool:
    """Whether anything stands there."""
    return value_at(value, path, _ABSENT) is not _ABSENT


def with_value(value: Any, path: Sequence[str], new: Any) -> Any:
    """A copy in which `new` stands there; only where something stood before."""
    if not path:
        return new
    return _changed(value, path[0], lambda child: with_value(child, path[1:], new))


def without(value: Any, path: Sequence[str]) -> Any:
    """A copy in which nothing stands there, nor a mapping that only led there."""
    if not path or not has(value, path):
        return value
    if len(path) == 1:
        return _dropped(value, path[0])
    child = without(_child(value, path[0]), path[1:])
    if child == {}:
        return _dropped(value, path[0])
    return _changed(value, path[0], lambda _: child)


def _child(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, _ABSENT)
    index = _index(value, step)
    return _ABSENT if index is None else value[index]


def _changed(value: Any, step: str, change: Any) -> Any:
    if isinstance(value, dict):
        return {**value, step: change(value[step])} if step in value else value
    index = _index(value, step)
    if index is None:
        return value
    return [*value[:index], change(value[index]), *value[index + 1 :]]


def _dropped(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if key != step}
    index = _index(value, step)
    return value if index is None else [*value[:index], *value[index + 1 :]]


def _index(value: Any, step: str) -> int | None:
    if not isinstance(value, list):
        return None
    if step.startswith("k:"):
        return next((i for i, item in enumerate(value) if _is_item(item, step)), None)
    return int(step) if step.isdecimal() and int(step) < len(value) else None


def _is_item(item: Object, step: str) -> bool:
    keys = orjson.loads(step[2:])
    return isinstance(item, dict) and all(item.get(k, _ABSENT) == v for k, v in keys.items())
