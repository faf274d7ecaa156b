"""Values as Go sees them: their kinds, their truth, how they are printed and compared. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


class Missing:
    """A key that a map does not have: printed as `<no value>`, nil for a function."""

    def __repr__(self) -> str:
        return "<no value>"


MISSING = Missing()
_LARGEST_PLAIN_POWER = 6


def from_json(value: Any) -> Any:
    """A JSON value as Go's decoder gives it: every number is a float64."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): from_json(item) for key, item in value.items()}
    return [from_json(item) for item in value]


def to_json(value: Any) -> Any:
    """The other way: whole floats become whole numbers, as JSON has one kind of number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return None if isinstance(value, Missing) else value


def type_of(value: Any) -> str:
    """The name of a value's type in Go."""
    if value is None or isinstance(value, Missing):
        return "<nil>"
    names = {bool: "bool", int: "int", float: "float64", str: "string"}
    if type(value) in names:
        return names[type(value)]
    return "map[string]interface {}" if isinstance(value, Mapping) else "[]interface {}"


def kind_of(value: Any) -> str:
    """The kind, as Sprig's kindOf says it."""
    name = type_of(value)
    if name.startswith("map"):
        return "map"
    return "slice" if name.startswith("[") else {"<nil>": "invalid"}.get(name, name)


def is_true(value: Any) -> bool:
    """Whether `if` takes it for yes: not for false, 0, nil, and what is empty."""
    if value is None or isinstance(value, Missing):
        return False
    if isinstance(value, Mapping | Sequence):
        return len(value) > 0
    return bool(value)


def show(value: Any) -> str:
    """A value as `{{ }}` prints it."""
    if isinstance(value, Missing) or value is None:
        return "<no value>"
    return text(value)


def text(value: Any) -> str:
    """A value as fmt's %v prints it."""
    if value is None or isinstance(value, Missing):
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, Mapping):
        inside = " ".join(f"{key}:{text(value[key])}" for key in sorted(value))
        return f"map[{inside}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(text, value))}]"
    return str(value)


def float_text(value: float) -> str:
    """A float as Go's %v, which has an exponent from a million on: 1e+06."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    digits, _, exponent = f"{value!r}".replace("-", "", 1).partition("e")
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    figures = (whole + fraction).lstrip("0")
    leading = len(whole) if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")))
    point = leading + int(exponent or 0)
    figures = figures.rstrip("0")
    if not figures:
        return f"{sign}0"
    power = point - 1
    if power < -4 or power >= _LARGEST_PLAIN_POWER:
        rest = f".{figures[1:]}" if figures[1:] else ""
        return f"{sign}{figures[0]}{rest}e{'+' if power >= 0 else '-'}{abs(power):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{figures}"
    if len(figures) <= point:
        return f"{sign}{figures}{'0' * (point - len(figures))}"
    return f"{sign}{figures[:point]}.{figures[point:]}"
