"""The grammar of `${…}`, as Flux's post-build substitution takes it. Pure.

    ${name}                          the value
    ${name:=text} ${name:-text}      text where it is not set or empty (also ${name=text})
    ${#name}                         its length
    ${name^} ${name^^}               first letter, all letters in capitals; , and ,, in small ones
    ${name:2} ${name:2:3}            from a position, so many characters
    ${name#x} ${name##x}             without the shortest, the longest match at the front
    ${name%x} ${name%%x}             … at the end; * and ? are wildcards
    ${name/x/y} ${name//x/y}         the first, every x replaced; /# at the front, /% at the end
    $${name}                         left as ${name}

Texts may hold expressions themselves. `$name` without braces is no expression.
"""

import fnmatch
import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULTS = (":=", ":-", "=")
_DEEPEST = 10


class NotSet(Exception):
    """A variable that nobody sets and that has no default; the text is its name."""


class BadExpression(Exception):
    """What stands between the braces is no expression; the text says why."""


def expand(text: str, known: Mapping[str, str], *, strict: bool = True, depth: int = 0) -> str:
    """The text with every expression replaced. Raises NotSet (if strict) and BadExpression."""
    if depth > _DEEPEST:
        raise BadExpression(f"it is nested more than {_DEEPEST} deep")
    pieces: list[str] = []
    at = 0
    while (start := text.find("${", at)) >= 0:
        if start > at and text[start - 1] == "$":
            pieces.append(text[at : start - 1] + "${")
            at = start + 2
            continue
        end = _end(text, start + 2)
        pieces.append(text[at:start])
        pieces.append(_Expression(known, strict, depth).value(text[start + 2 : end]))
        at = end + 1
    pieces.append(text[at:])
    return "".join(pieces)


def _end(text: str, at: int) -> int:
    """Where the brace is that closes the one before `at`."""
    depth = 1
    while at < len(text):
        if text.startswith("${", at):
            depth += 1
            at += 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise BadExpression("the closing brace is missing")


class _Expression:
    def __init__(self, known: Mapping[str, str], strict: bool, depth: int) -> None:
        self._known = known
        self._strict = strict
        self._depth = depth

    def value(self, body: str) -> str:
        """What stands for `${body}`."""
        if body.startswith("#") and _NAME.fullmatch(body[1:]):
            return str(len(self._get(body[1:])))
        found = _NAME.match(body)
        if found is None:
            raise BadExpression("a name is letters, digits and _, and begins with no digit")
        name, rest = found[0], body[found.end() :]
        if rest and rest[0] not in "=:^,#%/":
            raise BadExpression(f"{rest!r} is no operation")
        for mark in _DEFAULTS:
            if rest.startswith(mark):
                return self._known.get(name) or self._inner(rest[len(mark) :])
        return self._changed(self._get(name), rest)

    def _get(self, name: str) -> str:
        if name not in self._known and self._strict:
            raise NotSet(name)
        return self._known.get(name, "")

    def _inner(self, text: str) -> str:
        return expand(text, self._known, strict=self._strict, depth=self._depth + 1)

    def _changed(self, value: str, rest: str) -> str:
        cases = {"": value, "^": value[:1].upper() + value[1:], "^^": value.upper()}
        cases |= {",": value[:1].lower() + value[1:], ",,": value.lower()}
        if rest in cases:
            return cases[rest]
        if rest[0] in "#%":
            return _cut(value, rest[0], rest[1:2] == rest[0], self._inner(rest.lstrip(rest[0])))
        if rest[0] == "/":
            return self._replaced(value, rest[1:])
        if rest[0] == ":":
            return _slice(value, rest[1:])
        raise BadExpression(f"{rest!r} is no operation")

    def _replaced(self, value: str, rest: str) -> str:
        how = rest[:1] if rest[:1] in ("/", "#", "%") else ""
        old, slash, new = rest[len(how) :].partition("/")
        if not old:
            raise BadExpression("what is to be replaced is missing")
        old, new = self._inner(old), self._inner(new) if slash else ""
        if how == "/":
            return value.replace(old, new)
        if how == "#":
            return new + value[len(old) :] if value.startswith(old) else value
        if how == "%":
            return value[: -len(old)] + new if value.endswith(old) else value
        return value.replace(old, new, 1)


def _cut(value: str, side: str, longest: bool, pattern: str) -> str:
    """Without what matches the pattern at the front (#) or the end (%)."""
    lengths = range(len(value), -1, -1) if longest else range(len(value) + 1)
    for length in lengths:
        part = value[:length] if side == "#" else value[len(value) - length :]
        if fnmatch.fnmatchcase(part, pattern):
            return value[length:] if side == "#" else value[: len(value) - length]
    return value


def _slice(value: str, rest: str) -> str:
    position, _, length = rest.partition(":")
    try:
        start = int(position)
        count = int(length) if length else len(value)
    except ValueError as error:
        raise BadExpression(f"{rest!r} is no position and length") from error
    if start < 0 or count < 0:
        raise BadExpression("positions and lengths are not negative")
    return value[start : start + count]
