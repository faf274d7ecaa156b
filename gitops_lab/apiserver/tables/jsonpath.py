"""The JSONPath of printer columns and selectable fields.

Understood: `.a.b`, `.a\\.b` (a dot in a key), `['a']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `.*` and
filters `[?(@.type=="Ready")]` with ==, !=, <, <=, > and >=. That is what CustomResourceDefinitions
use; a path beyond it raises ValueError when it is read, so the definition is refused visibly.
"""

import json
import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

Step = Callable[[Any], Iterable[Any]]

_KEY = re.compile(r"""\.((?:\\.|[^.\[\]\\'"])+)""")
_QUOTED = re.compile(r"""\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]""")
_INDEX = re.compile(r"\[\s*(-?\d+)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")
_ALL = re.compile(r"\[\s*\*\s*\]|\.\*")
_FILTER = re.compile(r"\[\?\(\s*@((?:\.[\w\-/\\.]+)?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?\)\]")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=1024)
def parse(path: str) -> tuple[Step, ...]:
    """Steps of a path; raises ValueError with the rest that can't be read."""
    rest = path.strip()
    if rest.startswith("{") and rest.endswith("}"):
        rest = rest[1:-1]
    rest = rest.removeprefix("$").removeprefix("@")
    steps: list[Step] = []
    while rest and rest != ".":
        step, rest = _next_step(rest)
        steps.append(step)
    return tuple(steps)


def find(path: str, value: Any) -> list[Any]:
    """Every value at a path; none where a key is missing."""
    found = [value]
    for step in parse(path):
        found = [each for one in found for each in step(one)]
    return found


def _next_step(rest: str) -> tuple[Step, str]:
    if match := _ALL.match(rest):
        return _children, rest[match.end() :]
    if match := _KEY.match(rest) or _QUOTED.match(rest):
        text = next(group for group in match.groups() if group is not None)
        return _key(re.sub(r"\\(.)", r"\1", text)), rest[match.end() :]
    if match := _INDEX.match(rest):
        return _index(int(match[1])), rest[match.end() :]
    if match := _SLICE.match(rest):
        bounds = [int(each) if each else None for each in match.groups()]
        return _slice(slice(*bounds)), rest[match.end() :]
    if match := _FILTER.match(rest):
        return _filter(*match.groups()), rest[match.end() :]
    raise ValueError(f"JSONPath can't be read from {rest!r} on")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _key(name: str) -> Step:
    def step(value: Any) -> Iterable[Any]:
        return (value[name],) if isinstance(value, dict) and name in value else ()

    return step


def _index(position: int) -> Step:
    def step(value: Any) -> Iterable[Any]:
        inside = isinstance(value, list) and -len(value) <= position < len(value)
        return (value[position],) if inside else ()

    return step


def _slice(part: slice) -> Step:
    return lambda value: value[part] if isinstance(value, list) else ()


def _filter(path: str, compare: str | None, literal: str | None) -> Step:
    inner = parse(path)
    wanted = _literal(literal) if literal is not None else None

    def holds(value: Any) -> bool:
        found = [value]
        for step in inner:
            found = [each for one in found for each in step(one)]
        if compare is None:
            return bool(found)
        try:
            return any(_COMPARE[compare](each, wanted) for each in found)
        except TypeError:
            return False

    return lambda value: [each for each in _children(value) if holds(each)]


def _literal(text: str) -> Any:
    if text[:1] == text[-1:] and text[:1] in ("'", '"') and len(text) > 1:
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return json.loads(text)
