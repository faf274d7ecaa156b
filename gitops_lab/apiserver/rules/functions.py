"""Functions that Kubernetes adds to CEL: lists, regular expressions, text, and those of network.py
and quantities.py. What the library brings along under the same name is set right here.

They are called as `f(x)` and as `x.f()` alike. A failure is a ValueError in Kubernetes' words.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from gitops_lab.apiserver.rules import network, quantities


def is_sorted(values: Sequence[Any]) -> bool:
    """Whether each element is at most the next."""
    return all(left <= right for left, right in pairwise(values))


def total(values: Sequence[Any]) -> Any:
    """The sum; of nothing, 0."""
    if values and isinstance(values[0], timedelta):
        return sum(values, timedelta())
    return sum(values)


def least(values: Sequence[Any]) -> Any:
    """The smallest element."""
    return min(_some(values, "min"))


def greatest(values: Sequence[Any]) -> Any:
    """The largest element."""
    return max(_some(values, "max"))


def _some(values: Sequence[Any], name: str) -> Sequence[Any]:
    if not values:
        raise ValueError(f"{name} called on empty list")
    return values


def index_of(value: Any, wanted: Any, start: int = 0) -> int:
    """Where something stands first in a list or a string; -1 when it does not."""
    if isinstance(value, str):
        return value.find(wanted, start)
    return next((index for index, each in enumerate(value) if each == wanted), -1)


def last_index_of(value: Any, wanted: Any, end: int | None = None) -> int:
    """Where something stands last in a list or a string; -1 when it does not."""
    if isinstance(value, str):
        return value.rfind(wanted, 0, None if end is None else end + len(wanted))
    found = [index for index, each in enumerate(value) if each == wanted]
    return found[-1] if found else -1


def find(text: str, pattern: str) -> str:
    """The first match, or ""."""
    found = _expression(pattern).search(text)
    return found[0] if found else ""


def find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    """All matches, or at most so many."""
    found = [match[0] for match in _expression(pattern).finditer(text)]
    return found if most < 0 else found[:most]


def _expression(pattern: str) -> "re.Pattern[str]":
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"Illegal regex: {error}") from None


def split(text: str, separator: str, most: int = -1) -> list[str]:
    """The parts of a text, at most so many."""
    if most == 0:
        return []
    if separator == "":
        return list(text) if most < 0 else [*text[: most - 1], text[most - 1 :]]
    return text.split(separator) if most < 0 else text.split(separator, most - 1)


def join(values: Sequence[str], separator: str = "") -> str:
    """One text."""
    return separator.join(values)


def replace(text: str, old: str, new: str, most: int = -1) -> str:
    """The text with parts replaced, at most so many."""
    return text.replace(old, new, most)


def substring(text: str, start: int, end: int | None = None) -> str:
    """From a position to before another."""
    last = len(text) if end is None else end
    if not 0 <= start <= last <= len(text):
        raise ValueError(f"index out of range: {start}")
    return text[start:last]


def char_at(text: str, index: int) -> str:
    """The character at a position; "" just behind the last one."""
    if not 0 <= index <= len(text):
        raise ValueError(f"index out of range: {index}")
    return text[index : index + 1]


def lower_ascii(text: str) -> str:
    """ASCII letters in lower case."""
    return "".join(each.lower() if each.isascii() else each for each in text)


def upper_ascii(text: str) -> str:
    """ASCII letters in upper case."""
    return "".join(each.upper() if each.isascii() else each for each in text)


def trim(text: str) -> str:
    """Without white space around it."""
    return text.strip()


_VERB = re.compile(r"%(?:\.(\d+))?([sdfexXob%])")
_FORMS = {"d": "d", "x": "x", "X": "X", "o": "o", "b": "b"}


def form(text: str, values: Sequence[Any]) -> str:
    """The text with its %-verbs replaced, as Go's printf reads them."""
    left = iter(values)

    def filled(match: "re.Match[str]") -> str:
        precision, verb = match[1], match[2]
        if verb == "%":
            return "%"
        try:
            value = next(left)
        except StopIteration:
            raise ValueError("index out of range in format") from None
        if verb == "s":
            return shown(value)
        if verb in _FORMS:
            return format(value, _FORMS[verb])
        return f"{value:.{precision or 6}{verb}}"

    return _VERB.sub(filled, text)


def shown(value: Any) -> str:
    """A value as %s prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    return "null" if value is None else str(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "isSorted": is_sorted,
    "sum": total,
    "min": least,
    "max": greatest,
    "indexOf": index_of,
    "lastIndexOf": last_index_of,
    "find": find,
    "findAll": find_all,
    "split": split,
    "join": join,
    "replace": replace,
    "substring": substring,
    "charAt": char_at,
    "lowerAscii": lower_ascii,
    "upperAscii": upper_ascii,
    "trim": trim,
    "format": form,
    **network.FUNCTIONS,
    **quantities.FUNCTIONS,
}
