"""Quantities ("100Mi") in rules. One is a map with its exact value, so equal ones are equal."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gitops_lab.apiserver.types.quantity import NO_MATCH, QuantityError, parse_quantity

Quantity = dict[str, str]
_KEY = "__quantity__"


def quantity(text: str) -> Quantity:
    """The quantity that a text says."""
    try:
        return _of(parse_quantity(text).value)
    except QuantityError:
        raise ValueError(NO_MATCH) from None


def is_quantity(text: str) -> bool:
    """Whether a text says a quantity."""
    try:
        parse_quantity(text)
    except QuantityError:
        return False
    return True


def _of(value: Decimal) -> Quantity:
    return {_KEY: format(value.normalize(), "f")}


def _number(value: Any) -> Decimal:
    if isinstance(value, dict) and _KEY in value:
        return Decimal(value[_KEY])
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("no such overload")
    return Decimal(value)


def _compared(left: Any, right: Any) -> int:
    return (_number(left) > _number(right)) - (_number(left) < _number(right))


def as_integer(value: Any) -> int:
    """The value as a whole number."""
    if not is_integer(value):
        raise ValueError("cannot convert value to integer")
    return int(_number(value))


def is_integer(value: Any) -> bool:
    """Whether it is a whole number of 64 bits."""
    number = _number(value)
    return number == number.to_integral_value() and -(1 << 63) <= number < 1 << 63


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "quantity": quantity,
    "isQuantity": is_quantity,
    "sign": lambda value: _compared(value, 0),
    "add": lambda left, right: _of(_number(left) + _number(right)),
    "sub": lambda left, right: _of(_number(left) - _number(right)),
    "isLessThan": lambda left, right: _compared(left, right) < 0,
    "isGreaterThan": lambda left, right: _compared(left, right) > 0,
    "compareTo": _compared,
    "asInteger": as_integer,
    "isInteger": is_integer,
    "asApproximateFloat": lambda value: float(_number(value)),
}
