"""Quantities such as 500m, 1.5Gi or 2e3: reading, comparing, and the one way to write them.

Facts are those of k8s.io/apimachinery/pkg/api/resource: the canonical form has no fraction, the
largest suffix of the family that was written (binary, decimal or exponent), and at most nano.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
NO_MATCH = f"quantities must match the regular expression '{PATTERN}'"

_FORM = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(.*)", re.S)
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_NAMES = {power: name for name, power in _DECIMAL.items()}
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
_NANO = Decimal("1e-9")
_WIDE = Context(prec=120, rounding=ROUND_UP)  # a hundred digits before the point are enough


class QuantityError(ValueError):
    """A text that is no quantity; its message is Kubernetes' own."""


@dataclass(frozen=True)
class Quantity:
    """A number and the family of suffixes that it is written in: binary, decimal, exponent."""

    value: Decimal
    family: str

    def __str__(self) -> str:
        if self.family == "binary" and abs(self.value) >= 1024:
            return self._binary()
        return self._decimal()

    def _binary(self) -> str:
        if self.value != self.value.to_integral_value():
            return self._decimal()
        number, place = int(self.value), 0
        while number % 1024 == 0 and place + 1 < len(_BINARY):
            number, place = number // 1024, place + 1
        return f"{number}{_BINARY[place]}"

    def _decimal(self) -> str:
        if not self.value:
            return "0"
        number, power = int(self.value.scaleb(9, _WIDE)), -9
        while number % 1000 == 0 and power < 18:
            number, power = number // 1000, power + 3
        if self.family == "exponent":
            return f"{number}e{power}" if power else str(number)
        return f"{number}{_DECIMAL_NAMES[power]}"


@lru_cache(maxsize=1024)
def parse_quantity(text: str) -> Quantity:
    """Read a quantity; what is finer than nano is rounded away from zero.

    Raises QuantityError.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise QuantityError(NO_MATCH)
    sign, digits, suffix = match.groups()
    multiplier, family = _multiplier(suffix)
    try:
        exact = _WIDE.multiply(Decimal(sign + digits), multiplier)
        return Quantity(exact.quantize(_NANO, context=_WIDE), family)
    except InvalidOperation as error:
        raise QuantityError("unable to parse numeric part of quantity") from error


def canonical(value: str | int | float) -> str:
    """A quantity as the API server writes it: `0.5` is `500m`, `1024Mi` is `1Gi`."""
    return _canonical(value if isinstance(value, str) else _plain(value))


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    return str(parse_quantity(text))


def rounded_to_milli(text: str) -> str:
    """A canonical quantity with what is finer than milli rounded up, as resource lists have it."""
    if not text.endswith(("n", "u")):
        return text
    quantity = parse_quantity(text)
    value = quantity.value.quantize(Decimal("1e-3"), context=_WIDE)
    return str(Quantity(value, quantity.family))


def _plain(number: int | float) -> str:
    return str(number) if isinstance(number, int) else format(Decimal(str(number)), "f")


def _multiplier(suffix: str) -> tuple[Decimal, str]:
    if suffix in _DECIMAL:
        return Decimal(1).scaleb(_DECIMAL[suffix]), "decimal"
    if suffix in _BINARY:
        return Decimal(1024 ** _BINARY.index(suffix)), "binary"
    exponent = _EXPONENT.fullmatch(suffix)
    if exponent is None or len(exponent[1]) > 4:
        wrong = "unable to parse quantity's suffix" if suffix.isalpha() else NO_MATCH
        raise QuantityError(wrong)
    return Decimal(1).scaleb(int(exponent[1])), "exponent"
