"""What is wrong with a field, worded as Kubernetes' field errors are."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WORDS = {
    "FieldValueNotFound": "Not found",
    "FieldValueRequired": "Required value",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueTooLong": "Too long",
    "FieldValueTooShort": "Too short",
    "FieldValueTooMany": "Too many",
    "FieldValueTooFew": "Too few",
    "FieldValueTypeInvalid": "Invalid value",
    "InternalError": "Internal error",
}
WITHOUT_VALUE = (
    "FieldValueRequired",
    "FieldValueForbidden",
    "FieldValueTooLong",
    "FieldValueTooShort",
    "InternalError",
)
OMITTED = object()  # a bad value that is not shown


@dataclass(frozen=True)
class FieldError:
    """One problem: `type` is the cause's reason, `field` a path such as spec.ports[0].port."""

    type: str
    field: str
    bad_value: Any
    detail: str


def message(error: FieldError) -> str:
    """The cause's message: `Invalid value: "x": must be …`."""
    text = WORDS[error.type]
    if error.type not in WITHOUT_VALUE and error.bad_value is not OMITTED:
        text = f"{text}: {shown(error.bad_value)}"
    return f"{text}: {error.detail}" if error.detail else text


def shown(value: Any) -> str:
    """A value as Kubernetes prints it in a message: quoted text, plain numbers, JSON."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text if isinstance(value, str) else _html_safe(text)


def _html_safe(text: str) -> str:
    """Go's encoder escapes what would end a script element."""
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def invalid(field: str, value: Any, detail: str) -> FieldError:
    """The value is not right."""
    return FieldError("FieldValueInvalid", field, value, detail)


def required(field: str, detail: str = "") -> FieldError:
    """There is none."""
    return FieldError("FieldValueRequired", field, "", detail)


def forbidden(field: str, detail: str) -> FieldError:
    """It may not be set, or not be changed."""
    return FieldError("FieldValueForbidden", field, "", detail)


def duplicate(field: str, value: Any) -> FieldError:
    """It is there twice."""
    return FieldError("FieldValueDuplicate", field, value, "")


def not_found(field: str, value: Any) -> FieldError:
    """What it refers to is not there."""
    return FieldError("FieldValueNotFound", field, value, "")


def not_supported(field: str, value: Any, supported: Iterable[str]) -> FieldError:
    """It is none of those that there are."""
    named = ", ".join(f'"{each}"' for each in supported)
    return FieldError("FieldValueNotSupported", field, value, f"supported values: {named}")


def too_long(field: str, most: int) -> FieldError:
    """It has more bytes than allowed."""
    detail = f"may not be more than {most} byte{'' if most == 1 else 's'}"
    return FieldError("FieldValueTooLong", field, OMITTED, detail)


def too_many(field: str, count: int, most: int) -> FieldError:
    """There are more than allowed."""
    detail = f"must have at most {most} item{'' if most == 1 else 's'}"
    return FieldError("FieldValueTooMany", field, count, detail)


def type_invalid(field: str, value: Any, detail: str) -> FieldError:
    """It has the wrong type."""
    return FieldError("FieldValueTypeInvalid", field, value, detail)
