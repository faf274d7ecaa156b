"""The part of jq that `jqPathExpressions` are written in: paths, iteration and `select`. Pure.

`.spec.replicas`, `.metadata.annotations["a.b/c"]`, `.webhooks[]?.clientConfig.caBundle`,
`.spec.template.spec.containers[] | select(.name == "web" or (.name | test("^istio-"))) | .image`.
"""

import re
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\.(?:[A-Za-z_][\w-]*|"[^"]*"))|(?P<index>\.?\[\s*(?:"(?P<key>[^"]*)"|'(?P<key2>[^']*)'|(?P<number>\d+))?\s*\])|(?P<maybe>\?)|(?P<dot>\.))""",
)
_COMPARED = re.compile(r"(?P<path>\.[^=!<>|]*?)\s*(?P<op>==|!=)\s*(?P<value>.+)\Z", re.DOTALL)
_CALLED = re.compile(
    r'(?P<name>test|startswith|endswith|contains|has)\(\s*"(?P<text>[^"]*)"\s*\)\Z'
)
Steps = tuple[str, ...]


class JqError(ValueError):
    """An expression outside of the part that is read."""


def jq_paths(expression: str, value: Any) -> list[Steps]:
    """The steps to each place that an expression names in a value. Raises JqError."""
    found: list[tuple[Steps, Any]] = [((), value)]
    for part in _parts(expression):
        condition = _selected(part)
        if condition:
            found = [(steps, item) for steps, item in found if _holds(condition, item)]
        else:
            found = [deeper for steps, item in found for deeper in _walk(part, steps, item)]
    return [steps for steps, _ in found]


def check(expression: str) -> None:
    """Raise JqError unless the expression can be read."""
    for part in _parts(expression):
        condition = _selected(part)
        if condition:
            _holds(condition, None)
        else:
            list(_walk(part, (), None))


def _selected(part: str) -> str:
    """What `select` asks for, "" for a part that is none."""
    return part[7:-1].strip() if part.startswith("select(") and part.endswith(")") else ""


def _parts(expression: str) -> list[str]:
    """The parts between `|`."""
    return _split(expression, "|")


def _split(expression: str, separator: str) -> list[str]:
    """The parts between separators, those within quotes and parentheses left alone."""
    parts, current, depth, quoted, position = [], "", 0, False, 0
    while position < len(expression):
        char = expression[position]
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth == 0 and expression.startswith(separator, position):
                parts.append(current.strip())
                current, position = "", position + len(separator)
                continue
        current += char
        position += 1
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


def _holds(condition: str, value: Any) -> bool:
    """Whether a condition is true of a value; all of it is read, so that it is refused early."""
    for word, over in ((" or ", any), (" and ", all)):
        parts = _split(condition, word)
        if len(parts) > 1:
            return over([_holds(part, value) for part in parts])
    if condition.startswith("(") and condition.endswith(")"):
        return _holds(condition[1:-1].strip(), value)
    *steps, last = _split(condition, "|")
    if steps and last == "not":
        return not _holds(" | ".join(steps), value)
    if called := _CALLED.match(last):
        return _calls(called, _first(" | ".join(steps) or ".", value))
    if steps:
        raise JqError(f"{condition!r}: {last!r} is not read")
    if compared := _COMPARED.match(condition):
        wanted = compared["value"].strip()
        expected: Any = wanted[1:-1] if wanted[:1] == '"' else _scalar(wanted)
        same = _first(compared["path"], value) == expected
        return same if compared["op"] == "==" else not same
    return _first(condition, value) not in (None, False)


def _first(path: str, value: Any) -> Any:
    found = [item for _, item in _walk(path.strip(), (), value)]
    return found[0] if found else None


def _calls(called: "re.Match[str]", value: Any) -> bool:
    text = called["text"]
    if called["name"] == "has":
        return isinstance(value, dict) and text in value
    if called["name"] == "test":
        try:
            expression = re.compile(text)
        except re.error as error:
            raise JqError(f"{text!r} is no regular expression: {error}") from error
        return isinstance(value, str) and bool(expression.search(value))
    if not isinstance(value, str):
        return False
    ways = {
        "startswith": value.startswith(text),
        "endswith": value.endswith(text),
        "contains": text in value,
    }
    return ways[called["name"]]


def _scalar(text: str) -> Any:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    raise JqError(f"{text!r} is not a text, a number, true, false or null")
