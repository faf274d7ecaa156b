"""Kubernetes' quantities, such as 500m and 64Mi. Pure."""

import re
from decimal import ROUND_CEILING, Decimal, InvalidOperation

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
_FORM = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]{0,2})")


def amount(text: object) -> Decimal:
    """A quantity as a number: `500m` is 0.5, `1Ki` is 1024. Raises ValueError."""
    match = _FORM.fullmatch(str(text).strip())
    if not match or match[2] not in _SUFFIXES:
        raise ValueError(f"not a quantity: {text!r}")
    try:
        return Decimal(match[1]) * _SUFFIXES[match[2]]
    except InvalidOperation as error:
        raise ValueError(f"not a quantity: {text!r}") from error


def written(value: Decimal, *, binary: bool = False) -> str:
    """The shortest exact form, as Kubernetes writes sums: `1500m`, `2`, `3k`, or `64Mi`."""
    if value != value.to_integral_value():
        return f"{(value * 1000).to_integral_value(ROUND_CEILING)}m"
    number, suffixes = int(value), ("", "k", "M", "G", "T", "P")
    step = 1000
    if binary:
        suffixes, step = ("", "Ki", "Mi", "Gi", "Ti", "Pi"), 1024
    place = 0
    while number and number % step == 0 and place + 1 < len(suffixes):
        number, place = number // step, place + 1
    return f"{number}{suffixes[place]}"
