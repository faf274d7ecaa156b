"""Patterns as Argo CD's projects have them. Pure.

`*` is anything but a separator, `**` anything, `?` one character, `[a-c]` and `{a,b}` as in a
shell. Source repositories have the separator `/`; names, servers and namespaces have none.
"""

import re
from functools import lru_cache

DENY = "!"


def matches(pattern: str, text: str, *, separators: str = "") -> bool:
    """Whether the whole text matches. A pattern that can't be read matches nothing."""
    if pattern == "*":
        return True
    try:
        return _compiled(pattern, separators).fullmatch(text) is not None
    except re.error:
        return False


def matches_or_denies(pattern: str, text: str, *, separators: str = "") -> bool:
    """Likewise; `!pattern` matches whatever the pattern does not."""
    if pattern.startswith(DENY):
        return not matches(pattern[1:], text, separators=separators)
    return matches(pattern, text, separators=separators)


def any_or_regex(patterns: tuple[str, ...], text: str) -> bool:
    """Whether one pattern matches; `/…/` is a regular expression, looked for anywhere."""
    for pattern in patterns:
        if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
            try:
                if re.search(pattern[1:-1], text):
                    return True
            except re.error:
                continue
        elif matches(pattern, text):
            return True
    return False


@lru_cache(maxsize=512)
def _compiled(pattern: str, separators: str) -> re.Pattern[str]:
    one = f"[^{re.escape(separators)}]" if separators else "."
    parts: list[str] = []
    at, depth = 0, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            double = pattern[at : at + 2] == "**"
            parts.append(".*" if double else f"{one}*")
            at += double
        elif char == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            inside = pattern[at + 1 : end]
            negated = inside.startswith("!")
            inside = inside[negated:].replace("\\", r"\\").replace("^", r"\^")
            parts.append(f"[{'^' if negated else ''}{inside}]")
            at = end
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        else:
            depth += (char == "{") - (char == "}" and depth > 0)
            parts.append(_plain(char, depth, one, opened=char == "{"))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def _plain(char: str, depth: int, one: str, *, opened: bool) -> str:
    if char == "?":
        return one
    if opened:
        return "(?:"
    if char == "}":
        return ")"
    if char == "," and depth:
        return "|"
    return re.escape(char)
