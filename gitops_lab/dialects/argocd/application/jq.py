"""The part of jq that `jqPathExpressions` are written in: paths, iteration and `select`. Pure.

`.spec.replicas`, `.metadata.annotations["a.b/c"]`, `.webhooks[]?.clientConfig.caBundle`,
`.spec.template.spec.containers[] | select(.name == "web") | .image`.
"""

import re
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\.(?:[A-Za-z_][\w-]*|"[^"]*"))|(?P<index>\.?\[\s*(?:"(?P<key>[^"]*)"|'(?P<key2>[^']*)'|(?P<number>\d+))?\s*\])|(?P<maybe>\?)|(?P<dot>\.))""",
)
_SELECT = re.compile(
    r"select\((?P<path>\.[^=!<>]*?)\s*(?P<op>==|!=)\s*(?P<value>.+)\)\Z", re.DOTALL
)
Steps = tuple[str, ...]


class JqError(ValueError):
    """An expression outside of the part that is read."""


def jq_paths(expression: str, value: Any) -> list[Steps]:
    """The steps to each place that an expression names in a value. Raises JqError."""
    found: list[tuple[Steps, Any]] = [((), value)]
    for part in _parts(expression):
        chosen = _SELECT.match(part)
        if chosen:
            found = [(steps, item) for steps, item in found if _holds(chosen, item)]
        elif part.startswith("select("):
            raise JqError(f"{part!r}: only == and != are read in select")
        else:
            found = [deeper for steps, item in found for deeper in _walk(part, steps, item)]
    return [steps for steps, _ in found]


def check(expression: str) -> None:
    """Raise JqError unless the expression can be read."""
    for part in _parts(expression):
        if not _SELECT.match(part):
            list(_walk(part, (), None))


def _parts(expression: str) -> list[str]:
    """The parts between `|`, those within quotes and parentheses left alone."""
    parts, current, depth, quoted = [], "", 0, False
    for char in expression:
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if char == "|" and depth == 0:
                parts.append(current.strip())
                current = ""
                continue
        current += char
    parts.append(current.strip())
    if not all(parts):
        raise JqError(f"{expression!r} is not a path")
    return parts


def _walk(part: str, steps: Steps, value: Any) -> list[tuple[Steps, Any]]:
    found = [(steps, value)]
    position = 0
    while position < len(part):
        token = _TOKEN.match(part, position)
        if token is None or token.end() == position:
            raise JqError(f"{part!r}: {part[position:]!r} is not read")
        position = token.end()
        if token["field"]:
            name = token["field"][1:].strip('"')
            found = [deeper for one in found for deeper in _child(one, name)]
        elif token["index"]:
            key = token["key"] or token["key2"]
            if key is not None:
                found = [deeper for one in found for deeper in _child(one, key)]
            elif token["number"]:
                found = [deeper for one in found for deeper in _item(one, int(token["number"]))]
            else:
                found = [deeper for one in found for deeper in _all(one)]
    return found


def _child(one: tuple[Steps, Any], name: str) -> list[tuple[Steps, Any]]:
    steps, value = one
    if isinstance(value, dict) and name in value:
        return [((*steps, name), value[name])]
    return []


def _item(one: tuple[Steps, Any], index: int) -> list[tuple[Steps, Any]]:
    steps, value = one
    if isinstance(value, list) and index < len(value):
        return [((*steps, str(index)), value[index])]
    return []


def _all(one: tuple[Steps, Any]) -> list[tuple[Steps, Any]]:
    steps, value = one
    if isinstance(value, list):
        return [((*steps, str(index)), item) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return [((*steps, name), item) for name, item in value.items()]
    return []


def _holds(chosen: re.Match[str], value: Any) -> bool:
    wanted = chosen["value"].strip()
    expected: Any = wanted[1:-1] if wanted[:1] == '"' else _scalar(wanted)
    found = [item for _, item in _walk(chosen["path"].strip(), (), value)]
    same = bool(found) and found[0] == expected
    return same if chosen["op"] == "==" else not same


def _scalar(text: str) -> Any:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    raise JqError(f"{text!r} is not a text, a number, true, false or null")
