"""Sprig's functions on lists, and those that choose between values."""

from typing import Any

from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.numbers import whole
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import is_true, type_of

_LONGEST = 100_000


def _default(fallback: Any, *given: Any) -> Any:
    return given[0] if given and is_true(given[0]) else fallback


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if is_true(value)), None)


def _ternary(yes: Any, no: Any, which: bool) -> Any:
    return yes if which else no


def _list(value: Any, name: str) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise CallError(f"Cannot find {name} on type {_short(value)}")


def _short(value: Any) -> str:
    return {"map[string]interface {}": "map"}.get(type_of(value), type_of(value))


def _first(value: Any) -> Any:
    items = _list(value, "first")
    return items[0] if items else None


def _last(value: Any) -> Any:
    items = _list(value, "last")
    return items[-1] if items else None


def _unique(value: Any) -> list[Any]:
    found: list[Any] = []
    for one in _list(value, "uniq"):
        if one not in found:
            found.append(one)
    return found


def _without(value: Any, *leave_out: Any) -> list[Any]:
    return [one for one in _list(value, "without") if one not in leave_out]


def _has(needle: Any, value: Any) -> bool:
    if value is None:
        return False
    return any(type(one) is type(needle) and one == needle for one in _list(value, "has"))


def _cut(value: Any, *bounds: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise CallError(f"list should be type of slice or array but {_short(value)}")
    start, end = [*map(whole, bounds), len(value)][:2] if bounds else (0, len(value))
    if not 0 <= start <= end <= len(value):
        raise CallError("reflect.Value.Slice: slice index out of bounds")
    return list(value[start:end])


def _chunk(size: int, value: Any) -> list[Any]:
    items = _list(value, "chunk")
    return [items[at : at + size] for at in range(0, len(items), max(size, 1))]


def _concat(*values: Any) -> list[Any]:
    return [one for value in values for one in _list(value, "concat")]


def _until_step(start: int, stop: int, step: int) -> list[int]:
    """Whole numbers from start, before stop."""
    if step == 0 or (stop < start) == (step > 0):
        return []
    return _limited(range(start, stop, step))


def _until(count: int) -> list[int]:
    return _until_step(0, count, -1 if count < 0 else 1)


def _seq(*bounds: int) -> str:
    if not bounds or len(bounds) > 3:
        return ""
    if len(bounds) == 1:
        start, step, end = 1, 0, bounds[0]
    elif len(bounds) == 2:
        start, step, end = bounds[0], 0, bounds[1]
    else:
        start, step, end = bounds
        if step == 0 or (end < start) == (step > 0):
            return ""
    step = step or (-1 if end < start else 1)
    return " ".join(map(str, _limited(range(start, end + (1 if step > 0 else -1), step))))


def _limited(numbers: range) -> list[int]:
    if len(numbers) > _LONGEST:
        raise CallError(f"a list of {len(numbers)} numbers is too long")
    return list(numbers)


def _empty(value: Any) -> bool:
    return not is_true(value)


def _compact(value: Any) -> list[Any]:
    return [one for one in _list(value, "compact") if is_true(one)]


LISTS: dict[str, Function] = {
    "default": Function("aa*", _default),
    "empty": Function("a", _empty),
    "coalesce": Function("a*", _coalesce),
    "all": Function("a*", lambda *values: all(map(is_true, values))),
    "any": Function("a*", lambda *values: any(map(is_true, values))),
    "ternary": Function("aab", _ternary),
    "list": Function("a*", lambda *values: list(values)),
    "tuple": Function("a*", lambda *values: list(values)),
    "first": Function("a", _first),
    "last": Function("a", _last),
    "rest": Function("a", lambda value: _list(value, "rest")[1:]),
    "initial": Function("a", lambda value: _list(value, "initial")[:-1]),
    "append": Function("aa", lambda value, one: [*_list(value, "append"), one]),
    "push": Function("aa", lambda value, one: [*_list(value, "push"), one]),
    "prepend": Function("aa", lambda value, one: [one, *_list(value, "prepend")]),
    "concat": Function("a*", _concat),
    "reverse": Function("a", lambda value: _list(value, "reverse")[::-1]),
    "uniq": Function("a", _unique),
    "compact": Function("a", _compact),
    "without": Function("aa*", _without),
    "has": Function("aa", _has),
    "slice": Function("aa*", _cut),
    "chunk": Function("ia", _chunk),
    "until": Function("i", _until),
    "untilStep": Function("iii", _until_step),
    "seq": Function("i*", _seq),
}
_CAN_FAIL = (
    *("first", "last", "rest", "initial", "append", "push", "prepend", "reverse", "uniq"),
    *("compact", "without", "has", "slice", "chunk"),
)
LISTS |= {f"must{name.capitalize()}": LISTS[name] for name in _CAN_FAIL}
