"""Sprig's functions on maps, and on JSON."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import from_json, is_true, text, to_json


def _dict(*pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at in range(0, len(pairs), 2):
        found[text(pairs[at])] = pairs[at + 1] if at + 1 < len(pairs) else ""
    return found


def _set(target: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    target[key] = value
    return target


def _unset(target: dict[str, Any], key: str) -> dict[str, Any]:
    target.pop(key, None)
    return target


def _get(target: Mapping[str, Any], key: str) -> Any:
    return target.get(key, "")


def _keys(*maps: Mapping[str, Any]) -> list[str]:
    """The keys; Go has them in no order, here they are sorted."""
    return [key for one in maps for key in sorted(one)]


def _pluck(key: str, *maps: Mapping[str, Any]) -> list[Any]:
    return [one[key] for one in maps if key in one]


def _pick(target: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: target[key] for key in keys if key in target}


def _omit(target: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in target.items() if key not in keys}


def _merge(target: dict[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """What the target lacks, or has empty, is taken from the others."""
    for other in others:
        for key, value in other.items():
            own = target.get(key)
            if isinstance(own, dict) and isinstance(value, Mapping):
                _merge(own, value)
            elif not is_true(own):
                target[key] = value
    return target


def merge_over(target: dict[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """The others' values win, unless they are empty."""
    for other in others:
        for key, value in other.items():
            own = target.get(key)
            if isinstance(own, dict) and isinstance(value, Mapping):
                merge_over(own, value)
            elif is_true(value) or key not in target:
                target[key] = value
    return target


def _dig(*arguments: Any) -> Any:
    """`dig "a" "b" default map`."""
    if len(arguments) < 3:
        raise CallError("dig needs at least three arguments")
    *keys, fallback, value = arguments
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return fallback
        value = value[key]
    return value


def _to_json(value: Any, **options: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False, sort_keys=True, **options)


def _escaped(value: str) -> str:
    """What Go's encoder escapes so that it may stand in HTML."""
    for char in "<>&":
        value = value.replace(char, f"\\u{ord(char):04x}")
    return value


def _from_json(value: str) -> Any:
    try:
        return from_json(json.loads(value))
    except ValueError:
        return None


def _must_from_json(value: str) -> Any:
    try:
        return from_json(json.loads(value))
    except ValueError as error:
        raise CallError(str(error)) from error


_COMPACT = (",", ":")
MAPS: dict[str, Function] = {
    "dict": Function("a*", _dict),
    "get": Function("ms", _get),
    "set": Function("msa", _set),
    "unset": Function("ms", _unset),
    "hasKey": Function("ms", lambda target, key: key in target),
    "keys": Function("m*", _keys),
    "values": Function("m", lambda target: [target[key] for key in sorted(target)]),
    "pluck": Function("sm*", _pluck),
    "pick": Function("ms*", _pick),
    "omit": Function("ms*", _omit),
    "merge": Function("mm*", _merge),
    "mergeOverwrite": Function("mm*", merge_over),
    "dig": Function("a*", _dig),
    "deepCopy": Function("a", copy.deepcopy),
    "toJson": Function("a", lambda value: _escaped(_to_json(value, separators=_COMPACT))),
    "toRawJson": Function("a", lambda value: _to_json(value, separators=_COMPACT)),
    "toPrettyJson": Function("a", lambda value: _escaped(_to_json(value, indent=2))),
    "fromJson": Function("s", _from_json),
    "mustFromJson": Function("s", _must_from_json),
}
MAPS |= {
    f"must{name[0].upper()}{name[1:]}": MAPS[name]
    for name in ("merge", "mergeOverwrite", "deepCopy", "toJson", "toRawJson", "toPrettyJson")
}
