"""Reading single values as Go's decoder does: numbers, times, quantities, bytes, …"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gitops_lab.apiserver.times import stamp, stamp_micro
from gitops_lab.apiserver.types.quantity import QuantityError, canonical


class Mismatch(Exception):
    """A value of the wrong JSON type; gathers its path on the way out of the structs."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found)
        self.found = found
        self.wanted = wanted
        self.holder = ""
        self.path: list[str] = []

    def inside(self, struct_name: str, field: str) -> "Mismatch":
        """The same, seen from the struct that holds the field."""
        self.holder = self.holder or struct_name
        self.path.insert(0, field)
        return self

    def __str__(self) -> str:
        where = f"Go struct field {self.holder}.{'.'.join(self.path)}" if self.path else "Go value"
        return f"json: cannot unmarshal {self.found} into {where} of type {self.wanted}"


class ScalarError(ValueError):
    """A value of the right JSON type whose content is wrong; the message is complete."""


@dataclass(frozen=True)
class Scalar:
    """How a type is read, what its zero value is written as, and Go's name for it."""

    read: Callable[[Any], Any]
    zero: Any
    go_name: str


def word_for(value: Any) -> str:
    """The JSON type of a value as Go's messages say it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def _string(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch(word_for(value), "string")
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise Mismatch(word_for(value), "bool")
    return value


def _integer(bits: int) -> Callable[[Any], int]:
    limit = 1 << (bits - 1)
    name = f"int{bits}"

    def read(value: Any) -> int:
        if type(value) is int and -limit <= value < limit:
            return value
        raise Mismatch(_number_word(value), name)

    return read


def _number_word(value: Any) -> str:
    word = word_for(value)
    return f"number {value}" if word == "number" else word


def _float(value: Any) -> float:
    if type(value) not in (int, float):
        raise Mismatch(word_for(value), "float64")
    return value  # type: ignore[no-any-return]


def _bytes(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch(word_for(value), "[]uint8")
    text = value.replace("\n", "").replace("\r", "")
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ScalarError(f"illegal base64 data at input byte {_first_wrong_byte(text)}") from None
    return text


def _first_wrong_byte(text: str) -> int:
    match = re.match(r"[A-Za-z0-9+/]*", text)
    good = match.end() if match else 0
    return good if good < len(text) and text[good] != "=" else len(text) - len(text) % 4


def _quantity(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ScalarError(str(QuantityError(_not_a_quantity())))
    try:
        return canonical(value)
    except QuantityError as error:
        raise ScalarError(str(error)) from None


def _not_a_quantity() -> str:
    try:
        return canonical("?")
    except QuantityError as error:
        return str(error)


def _int_or_string(value: Any) -> int | str:
    if type(value) is str or (type(value) is int and -(1 << 31) <= value < 1 << 31):
        return value
    raise Mismatch(_number_word(value), "int32")


_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MICROS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def _time(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch(word_for(value), "string")
    if _SECONDS.fullmatch(value):
        return value
    return stamp(_parsed(value, "2006-01-02T15:04:05Z07:00"))


def _micro_time(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch(word_for(value), "string")
    if _MICROS.fullmatch(value):
        return value
    return stamp_micro(_parsed(value, "2006-01-02T15:04:05.000000Z07:00"))


def _parsed(value: str, layout: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None or "T" not in value:
        raise ScalarError(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"')
    return parsed.astimezone(UTC)


SCALARS = {
    "s": Scalar(_string, "", "string"),
    "b": Scalar(_bool, False, "bool"),
    "i": Scalar(_integer(32), 0, "int32"),
    "l": Scalar(_integer(64), 0, "int64"),
    "d": Scalar(_float, 0, "float64"),
    "y": Scalar(_bytes, None, "[]uint8"),
    "time": Scalar(_time, None, "string"),
    "microtime": Scalar(_micro_time, None, "string"),
    "duration": Scalar(_string, "0s", "string"),
    "quantity": Scalar(_quantity, "0", "resource.Quantity"),
    "intstr": Scalar(_int_or_string, 0, "intstr.IntOrString"),
    "raw": Scalar(lambda value: value, None, "runtime.RawExtension"),
    "strings": Scalar(lambda value: value, None, "[]string"),
}
