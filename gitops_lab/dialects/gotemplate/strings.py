"""Sprig's functions on texts."""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from gitops_lab.dialects.gotemplate.builtins import quoted
from gitops_lab.dialects.gotemplate.errors import CallError
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import text


def _trunc(size: int, value: str) -> str:
    if size < 0 and len(value) + size > 0:
        return value[size:]
    return value[:size] if 0 <= size < len(value) else value


def _substr(start: int, end: int, value: str) -> str:
    if start < 0:
        return value[:end]
    return value[start:] if end < 0 or end > len(value) else value[start:end]


def _indent(spaces: int, value: str) -> str:
    pad = " " * spaces
    return pad + value.replace("\n", "\n" + pad)


def _quote(*values: Any) -> str:
    return " ".join(quoted(text(value)) for value in values if value is not None)


def _squote(*values: Any) -> str:
    return " ".join(f"'{text(value)}'" for value in values if value is not None)


def _cat(*values: Any) -> str:
    return " ".join(text(value) for value in values if value is not None)


def _join(separator: str, value: Any) -> str:
    return separator.join(texts(value))


def texts(value: Any) -> list[str]:
    """A value as Sprig makes a list of texts of it: nil is left out."""
    if isinstance(value, list | tuple):
        return [text(one) for one in value if one is not None]
    return [] if value is None else [text(value)]


def _split(separator: str, value: str) -> dict[str, str]:
    return {f"_{number}": part for number, part in enumerate(value.split(separator))}


def _splitn(separator: str, most: int, value: str) -> dict[str, str]:
    parts = value.split(separator, most - 1) if most > 0 else []
    return {f"_{number}": part for number, part in enumerate(parts)}


def _abbrev(width: int, value: str) -> str:
    if width < 4 or len(value) <= width:
        return value
    return value[: width - 3] + "..."


def _title(value: str) -> str:
    return re.sub(r"(?<![\w'])\w", lambda match: match[0].upper(), value)


def _untitle(value: str) -> str:
    return re.sub(r"(?<![\w'])\w", lambda match: match[0].lower(), value)


def _words(value: str, separator: str) -> str:
    """Words of camel case, spaces and dashes, in small letters, with one separator."""
    value = re.sub(r"[\s_\-]+", separator, value)
    value = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", separator, value)
    return re.sub(rf"{re.escape(separator)}+", separator, value).lower()


def _pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        problem = "missing closing )" if "unterminated subpattern" in error.msg else error.msg
        raise CallError(f"error parsing regexp: {problem}: `{pattern}`") from error


def _matches(pattern: str, value: str) -> bool:
    return bool(_pattern(pattern).search(value))


def _forgiving(pattern: str, value: str) -> bool:
    """Sprig's regexMatch takes what is no pattern for one that matches nothing."""
    try:
        return _matches(pattern, value)
    except CallError:
        return False


def _replacement(template: str) -> Callable[[re.Match[str]], str]:
    """`$1`, `${name}` and `$$` in the replacement of a regular expression, as in Go."""

    def fill(match: re.Match[str]) -> str:
        def one(part: re.Match[str]) -> str:
            name = part[1] or part[2]
            if name is None:
                return "$"
            try:
                return match[int(name) if name.isdecimal() else name] or ""
            except (IndexError, ValueError):
                return ""

        return re.sub(r"\$(?:\{(\w+)\}|(\w+)|\$)", one, template)

    return fill


def _regex_find(pattern: str, value: str) -> str:
    found = _pattern(pattern).search(value)
    return found[0] if found else ""


def _regex_find_all(pattern: str, value: str, most: int) -> list[str]:
    found = [match[0] for match in _pattern(pattern).finditer(value)]
    return found if most < 0 else found[:most]


def _regex_replace(pattern: str, value: str, replacement: str) -> str:
    return _pattern(pattern).sub(_replacement(replacement), value)


def _regex_split(pattern: str, value: str, most: int) -> list[str]:
    if most == 0:
        return []
    expression = _pattern(pattern)
    parts: list[str] = []
    at = 0
    for match in expression.finditer(value):
        if most > 0 and len(parts) == most - 1:
            break
        if match.end() == 0:
            continue
        parts.append(value[at : match.start()])
        at = match.end()
    return [*parts, value[at:]]


def _decoded(decode: Callable[[str], bytes]) -> Callable[[str], str]:
    def decoded(value: str) -> str:
        try:
            return decode(value).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            return str(error)

    return decoded


def _repeat(count: int, value: str) -> str:
    if count < 0 or count * len(value) > 1_000_000:
        raise CallError("strings: negative Repeat count" if count < 0 else "the text gets too long")
    return value * count


def _fail(message: str) -> None:
    raise CallError(message)


def _each(functions: Mapping[str, tuple[str, Callable[..., Any]]]) -> dict[str, Function]:
    return {name: Function(signature, call) for name, (signature, call) in functions.items()}


STRINGS: dict[str, Function] = _each(
    {
        "trim": ("s", lambda value: value.strip()),
        "trimAll": ("ss", lambda chars, value: value.strip(chars)),
        "trimall": ("ss", lambda chars, value: value.strip(chars)),
        "trimPrefix": ("ss", lambda prefix, value: value.removeprefix(prefix)),
        "trimSuffix": ("ss", lambda suffix, value: value.removesuffix(suffix)),
        "upper": ("s", str.upper),
        "lower": ("s", str.lower),
        "title": ("s", _title),
        "untitle": ("s", _untitle),
        "snakecase": ("s", lambda value: _words(value, "_")),
        "kebabcase": ("s", lambda value: _words(value, "-")),
        "repeat": ("is", _repeat),
        "substr": ("iis", _substr),
        "trunc": ("is", _trunc),
        "abbrev": ("is", _abbrev),
        "nospace": ("s", lambda value: "".join(value.split())),
        "contains": ("ss", lambda part, value: part in value),
        "hasPrefix": ("ss", lambda prefix, value: value.startswith(prefix)),
        "hasSuffix": ("ss", lambda suffix, value: value.endswith(suffix)),
        "quote": ("a*", _quote),
        "squote": ("a*", _squote),
        "cat": ("a*", _cat),
        "indent": ("is", _indent),
        "nindent": ("is", lambda spaces, value: "\n" + _indent(spaces, value)),
        "replace": ("sss", lambda old, new, value: value.replace(old, new)),
        "plural": ("ssi", lambda one, many, count: one if count == 1 else many),
        "join": ("sa", _join),
        "split": ("ss", _split),
        "splitn": ("sis", _splitn),
        "splitList": ("ss", lambda separator, value: value.split(separator)),
        "sortAlpha": ("a", lambda value: sorted(texts(value))),
        "toString": ("a", text),
        "toStrings": ("a", texts),
        "regexMatch": ("ss", _forgiving),
        "regexFind": ("ss", _regex_find),
        "regexFindAll": ("ssi", _regex_find_all),
        "regexReplaceAll": ("sss", _regex_replace),
        "regexReplaceAllLiteral": (
            "sss",
            lambda pattern, value, new: _pattern(pattern).sub(lambda _: new, value),
        ),
        "regexSplit": ("ssi", _regex_split),
        "regexQuoteMeta": ("s", lambda value: re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", value)),
        "b64enc": ("s", lambda value: base64.b64encode(value.encode()).decode()),
        "b64dec": ("s", _decoded(lambda value: base64.b64decode(value, validate=True))),
        "b32enc": ("s", lambda value: base64.b32encode(value.encode()).decode()),
        "b32dec": ("s", _decoded(base64.b32decode)),
        "sha1sum": ("s", lambda value: hashlib.sha1(value.encode()).hexdigest()),  # noqa: S324
        "sha256sum": ("s", lambda value: hashlib.sha256(value.encode()).hexdigest()),
        "sha512sum": ("s", lambda value: hashlib.sha512(value.encode()).hexdigest()),
        "adler32sum": ("s", lambda value: str(zlib.adler32(value.encode()))),
        "fail": ("s", _fail),
    }
)
STRINGS["mustRegexMatch"] = Function("ss", _matches)
STRINGS |= {
    f"must{name[0].upper()}{name[1:]}": STRINGS[name]
    for name in (
        "regexFind",
        "regexFindAll",
        "regexReplaceAll",
        "regexReplaceAllLiteral",
        "regexSplit",
    )
}
