"""The functions that Go's templates have by themselves."""

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import (
    Missing,
    float_text,
    is_true,
    kind_of,
    text,
    type_of,
)

_VERB = re.compile(r"%([-+# 0]*)(\d+)?(?:\.(\d+))?(.)", re.DOTALL)
_JS = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"'} | {one: f"\\u{ord(one):04X}" for one in "<>&=\n\t\r"}
)
_BASIC = ("bool", "int", "float64", "string")


def _kinds(left: Any, right: Any) -> tuple[str, str]:
    kinds = type_of(left), type_of(right)
    for item, kind in zip((left, right), kinds, strict=True):
        if kind not in (*_BASIC, "<nil>"):
            raise CallError(f"non-comparable type {text(item)}: {kind}")
    return kinds


def _same(left: Any, right: Any) -> bool:
    kinds = _kinds(left, right)
    if kinds[0] != kinds[1]:
        if "<nil>" in kinds:
            return False
        raise CallError(f"incompatible types for comparison: {kinds[0]} and {kinds[1]}")
    return bool(left == right)


def _equal(first: Any, second: Any, *others: Any) -> bool:
    return any(_same(first, other) for other in (second, *others))


def _less(left: Any, right: Any) -> bool:
    kinds = type_of(left), type_of(right)
    if not {*kinds} <= {"int", "float64", "string"}:
        raise CallError("invalid type for comparison")
    if kinds[0] != kinds[1]:
        raise CallError(f"incompatible types for comparison: {kinds[0]} and {kinds[1]}")
    return bool(left < right)


def _index(item: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(item, Mapping):
            if not isinstance(key, str):
                raise CallError(f"value has type {type_of(key)}; should be string")
            item = item.get(key)
        elif isinstance(item, list | tuple | str):
            position = _position(key, len(item))
            item = ord(item[position]) if isinstance(item, str) else item[position]
        elif item is None or isinstance(item, Missing):
            raise CallError("index of untyped nil")
        else:
            raise CallError(f"can't index item of type {type_of(item)}")
    return item


def _position(key: Any, size: int) -> int:
    if isinstance(key, bool) or not isinstance(key, int):
        raise CallError(f"cannot index slice/array with type {type_of(key)}")
    if not 0 <= key < size:
        raise CallError(f"index out of range: {key}")
    return key


def _length(item: Any) -> int:
    if isinstance(item, str):
        return len(item.encode())
    if isinstance(item, list | tuple | Mapping):
        return len(item)
    raise CallError("len of nil pointer" if item is None else f"len of type {type_of(item)}")


def _printf(form: str, *arguments: Any) -> str:
    """Go's Sprintf, for the verbs that are of use here."""
    left = list(arguments)

    def one(match: re.Match[str]) -> str:
        flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        if not left:
            return f"%!{verb}(MISSING)"
        shown = _verb(verb, left.pop(0), flags, precision)
        size = int(width or 0)
        if "-" in flags:
            return shown.ljust(size)
        if "0" in flags and verb in "dfxX":
            return shown.zfill(size)
        return shown.rjust(size)

    done = _VERB.sub(one, form)
    extra = ", ".join(f"{type_of(value)}={text(value)}" for value in left)
    return f"{done}%!(EXTRA {extra})" if extra else done


def _verb(verb: str, value: Any, flags: str, precision: str | None) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if verb == "v":
        return text(value)
    if verb == "T":
        return type_of(value)
    if verb == "d" and whole:
        return f"{value:+d}" if "+" in flags else str(value)
    if verb in "xXob" and whole:
        return format(value, verb)
    if verb in "feg" and isinstance(value, float):
        return (
            float_text(value) if verb == "g" and not precision else _float(verb, value, precision)
        )
    if verb == "t" and isinstance(value, bool):
        return text(value)
    if verb in "sq" and isinstance(value, str):
        cut = value if precision is None else value[: int(precision)]
        return quoted(cut) if verb == "q" else cut
    if verb == "c" and whole:
        return chr(value)
    if verb == "s" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return text(value)
    return f"%!{verb}({type_of(value)}={text(value)})" if value is not None else f"%!{verb}(<nil>)"


def _float(verb: str, value: float, precision: str | None) -> str:
    return format(value, f".{precision or 6}{verb}")


def quoted(value: str) -> str:
    """A string as Go writes it in source: what can't be printed is escaped."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    parts = []
    for char in value:
        if char in escapes:
            parts.append(escapes[char])
        elif char.isprintable():
            parts.append(char)
        else:
            code = ord(char)
            parts.append(f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")
    return f'"{"".join(parts)}"'


def _print(*values: Any) -> str:
    """Go's Sprint: a space between two values neither of which is a string."""
    parts: list[str] = []
    for number, value in enumerate(values):
        previous = values[number - 1] if number else ""
        if number and not isinstance(value, str) and not isinstance(previous, str):
            parts.append(" ")
        parts.append(text(value))
    return "".join(parts)


def _escaped(*values: Any) -> str:
    plain = html.escape(_print(*values), quote=True)
    return plain.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


BUILTINS: dict[str, Function] = {
    "and": Function("aa*", lambda *values: values[-1]),
    "or": Function("aa*", lambda *values: values[-1]),
    "not": Function("a", lambda value: not is_true(value)),
    "eq": Function("aaa*", _equal),
    "ne": Function("aa", lambda left, right: not _same(left, right)),
    "lt": Function("aa", _less),
    "le": Function("aa", lambda left, right: _less(left, right) or left == right),
    "gt": Function("aa", lambda left, right: not (_less(left, right) or left == right)),
    "ge": Function("aa", lambda left, right: not _less(left, right)),
    "index": Function("aa*", _index),
    "len": Function("a", _length),
    "print": Function("a*", _print),
    "println": Function("a*", lambda *values: " ".join(map(text, values)) + "\n"),
    "printf": Function("sa*", _printf),
    "html": Function("a*", _escaped),
    "urlquery": Function("a*", lambda *values: quote_plus(_print(*values), safe="~")),
    "js": Function("a*", lambda *values: _print(*values).translate(_JS)),
    "kindOf": Function("a", kind_of),
    "typeOf": Function("a", type_of),
    "kindIs": Function("sa", lambda kind, value: kind_of(value) == kind),
    "typeIs": Function("sa", lambda kind, value: type_of(value) == kind),
}
