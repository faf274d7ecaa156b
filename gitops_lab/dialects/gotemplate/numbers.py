"""Sprig's arithmetic, and versions. Whole numbers are as in Go: a division rounds towards zero."""

import math
import re
from typing import Any

from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.engine.ranges import is_range, pick

_WHOLE = re.compile(r"[+-]?\d+")


def whole(value: Any) -> int:
    """A value as Sprig makes a whole number of it; what is none is 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return 0


def fraction(value: Any) -> float:
    """Likewise a float64."""
    try:
        return float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return 0.0


def _divide(left: Any, right: Any) -> int:
    if not whole(right):
        raise CallError("runtime error: integer divide by zero")
    quotient = abs(whole(left)) // abs(whole(right))
    return quotient if (whole(left) < 0) == (whole(right) < 0) else -quotient


def _remainder(left: Any, right: Any) -> int:
    if not whole(right):
        raise CallError("runtime error: integer divide by zero")
    return int(math.fmod(whole(left), whole(right)))


def _product(*values: Any) -> int:
    return math.prod(whole(value) for value in values)


def _round(value: Any, places: int, *at: float) -> float:
    """Half is rounded up, unless another limit is given."""
    scaled = fraction(value) * 10.0**places
    lower = math.floor(scaled)
    return float((lower + (scaled - lower >= (at[0] if at else 0.5))) / 10.0**places)


def _semver_compare(constraint: str, version: str) -> bool:
    if not is_range(constraint):
        return constraint.lstrip("v=") == version.lstrip("v")
    return pick(constraint, [version]) == version


NUMBERS: dict[str, Function] = {
    "int": Function("a", whole),
    "int64": Function("a", whole),
    "float64": Function("a", fraction),
    "atoi": Function("s", whole),
    "toDecimal": Function("a", lambda value: int(str(value), 8)),
    "add": Function("a*", lambda *values: sum(map(whole, values))),
    "add1": Function("a", lambda value: whole(value) + 1),
    "sub": Function("aa", lambda left, right: whole(left) - whole(right)),
    "mul": Function("aa*", _product),
    "div": Function("aa", _divide),
    "mod": Function("aa", _remainder),
    "addf": Function("a*", lambda *values: sum(map(fraction, values))),
    "add1f": Function("a", lambda value: fraction(value) + 1.0),
    "subf": Function("aa*", lambda first, *rest: fraction(first) - sum(map(fraction, rest))),
    "mulf": Function("aa*", lambda *values: math.prod(map(fraction, values))),
    "max": Function("aa*", lambda *values: max(map(whole, values))),
    "biggest": Function("aa*", lambda *values: max(map(whole, values))),
    "min": Function("aa*", lambda *values: min(map(whole, values))),
    "maxf": Function("aa*", lambda *values: max(map(fraction, values))),
    "minf": Function("aa*", lambda *values: min(map(fraction, values))),
    "floor": Function("a", lambda value: float(math.floor(fraction(value)))),
    "ceil": Function("a", lambda value: float(math.ceil(fraction(value)))),
    "round": Function("aif*", _round),
    "semverCompare": Function("ss", _semver_compare),
}
