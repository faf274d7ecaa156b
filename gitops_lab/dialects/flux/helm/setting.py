"""One value at a path, as helm's `--set` reads it: `a.b[0].c=value`. Pure."""

import re
from typing import Any

_INDEX = re.compile(r"\[(\d+)\]\Z")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_MAX_INDEX = 65536


class BadPath(Exception):
    """A path that names no place; the text says why."""


def set_value(values: dict[str, Any], path: str, text: str, *, literal: bool = False) -> None:
    """Put a text where the path points, in place. Raises BadPath.

    `true`, `false`, `null` and whole numbers get their own type, `{a,b}` is a list; a text in
    quotes stays one without them, and a literal one stays as it is.
    """
    quoted = len(text) > 1 and text[0] in "'\"" and text[-1] in "'\""
    if literal:
        value: Any = text
    elif quoted:
        value = text.strip("'\"")
    else:
        value = _typed(text)
    _put(values, _steps(path), value)


def _typed(text: str) -> Any:
    if text.startswith("{") and text.endswith("}"):
        inner = text[1:-1]
        return [_typed(item.strip()) for item in _split(inner, ",")] if inner else []
    plain = text.replace("\\,", ",")
    if plain in ("true", "false"):
        return plain == "true"
    if plain == "null":
        return None
    return int(plain) if _INTEGER.match(plain) else plain


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for word in _split(path, "."):
        indexes: list[int] = []
        while found := _INDEX.search(word):
            indexes.insert(0, int(found[1]))
            word = word[: found.start()]
        if not word and not indexes:
            raise BadPath(f"the path {path!r} has an empty part")
        if any(index > _MAX_INDEX for index in indexes):
            raise BadPath(f"an index in {path!r} is over {_MAX_INDEX}")
        steps += [word.replace("\\", ""), *indexes] if word else indexes
    return steps


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that no backslash stands before."""
    return re.split(rf"(?<!\\){re.escape(mark)}", text)


def _put(holder: Any, steps: list[str | int], value: Any) -> None:
    step, rest = steps[0], steps[1:]
    _make_room(holder, step)
    if not rest:
        holder[step] = value
        return
    wanted: type = list if isinstance(rest[0], int) else dict
    if not isinstance(holder[step], wanted):
        if holder[step] is not None:
            raise BadPath(f"what is at {step!r} is no {wanted.__name__}")
        holder[step] = wanted()
    _put(holder[step], rest, value)


def _make_room(holder: Any, step: str | int) -> None:
    if isinstance(step, int):
        holder.extend([None] * (step + 1 - len(holder)))
    else:
        holder.setdefault(step, None)
