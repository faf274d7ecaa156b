"""Expressions that make objects (`Object{spec: Object.spec{replicas: 3}}`, `JSONPatch{op: "add"}`).

The CEL library makes no objects, but maps: their fields are written as a map's keys, which says the
same where the types are given by the place.
"""

import re
from functools import lru_cache

from gitops_lab.apiserver.rules.program import blanked

_STRUCT = re.compile(r"(?<![\w.])(?:Object(?:\.\w+)*|JSONPatch)\s*\{")
_FIELD = re.compile(r"\s*(\??)\s*([A-Za-z_]\w*)\s*:")
_ESCAPED = (("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("__underscores__", "__"))
_OPENING, _CLOSING = "([{", ")]}"


@lru_cache(maxsize=2048)
def as_maps(text: str) -> str:
    """The same expression with maps in place of objects."""
    shadow, result = blanked(text), []
    stack: list[bool] = []  # for each open bracket: whether it is an object's
    at = 0
    while at < len(text):
        struct = _STRUCT.match(shadow, at)
        if struct is not None:
            result.append("{")
            stack.append(True)
            at = _field(text, shadow, struct.end(), result)
            continue
        character = shadow[at]
        if character in _OPENING:
            stack.append(False)
        elif character in _CLOSING and stack:
            stack.pop()
        result.append(text[at])
        at += 1
        if character == "," and stack and stack[-1]:
            at = _field(text, shadow, at, result)
    return "".join(result)


def _field(text: str, shadow: str, at: int, result: list[str]) -> int:
    """Write the field that begins here as a key; where the text goes on."""
    found = _FIELD.match(shadow, at)
    if found is None:
        return at
    result.append(f'{found[1]}"{_unescaped(text[found.start(2) : found.end(2)])}":')
    return found.end()


def _unescaped(name: str) -> str:
    for written, plain in _ESCAPED:
        name = name.replace(written, plain)
    return name[2:-2] if name.startswith("__") and name.endswith("__") and len(name) > 4 else name
