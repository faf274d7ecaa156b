"""What a spoiled answer is, and how one value is turned into another."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.kube import yamls
from gitops_lab.lab import Action

_VALUE = re.compile(r"(\s*(?:- )?[\w./-]+:\s+)([^\s#].*?)(\s+#.*|)")
_NUMBER = re.compile(r"-?\d+")
_FLIPPED = {"true": "false", "false": "true"}
_FREE = re.compile(r"\s*(- )?(nodePort|containerPort|periodSeconds):")
"""Any other value is as right: the cluster would choose one, or nothing depends on it."""
_WRITTEN = "$imagepolicy"
"""Behind a value that is Flux's to write: what stood there before is replaced."""
_SAID = re.compile(r"(spec|data|stringData):")
_KEY = re.compile(r"(\s*(?:- )?)([\w./-]+)(:(?: .*)?)")
_LAST = re.compile(r"(.*)(\w)(\W*)", re.DOTALL)


@dataclass(frozen=True)
class Mutant:
    """A spoiled answer: what is done, and what has to be done before a reset."""

    name: str
    actions: tuple[Action, ...]
    mend: tuple[Action, ...] = field(default=())


def other(value: str) -> str:
    """Another value in the place of one as it stands in YAML or in a command."""
    plain = value.strip("\"'")
    if plain in _FLIPPED:
        return _FLIPPED[plain]
    if _NUMBER.fullmatch(plain):
        return value.replace(plain, str(int(plain) + 1))
    if value[-1] in "\"'":
        return f"{value[:-1]}x{value[-1]}"
    return f"{value}x" if value[-1] not in "]}|>" else value[:-1] + value[-1] * 2


def near(value: str) -> str:
    """A value that is easily taken for the right one: the number before, another last letter."""
    plain = value.strip("\"'")
    if plain in _FLIPPED or (match := _LAST.fullmatch(value)) is None:
        return ""
    if _NUMBER.fullmatch(plain):
        return value.replace(plain, str(max(int(plain) - 1, 0)))
    last = match[2]
    if last.isdigit():
        return f"{match[1]}{(int(last) + 7) % 10}{match[3]}"
    return f"{match[1]}{'e' if last != 'e' else 'a'}{match[3]}"


def with_near_value(line: str) -> str:
    """A line of YAML with a value near its own; "" when it has none, or when any would do."""
    match = _VALUE.fullmatch(line)
    if match is None or _FREE.match(line) or _WRITTEN in line:
        return ""
    put = near(match[2])
    return match[1] + put + match[3] if put not in ("", match[2]) else ""


def misspelt(line: str) -> str:
    """A line of YAML with its key misspelt; "" when it has none."""
    match = _KEY.fullmatch(line)
    if match is None or _FREE.match(line):
        return ""
    return f"{match[1]}{match[2]}s{match[3]}"


def with_other_value(line: str) -> str:
    """A line of YAML with another value; "" when it has none, or when any value would do."""
    match = _VALUE.fullmatch(line)
    if match is None or _FREE.match(line) or _WRITTEN in line:
        return ""
    return match[1] + other(match[2]) + match[3]


def others_in(data: Any) -> Iterator[Any]:
    """A JSON document with another value in one place, once for each value that has another."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from ({**data, key: changed} for changed in others_in(value))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from ([*data[:at], changed, *data[at + 1 :]] for changed in others_in(value))
    elif isinstance(data, bool | int) or (data and isinstance(data, str)):
        told = data if isinstance(data, str) else json.dumps(data)
        changed = other(told)
        yield changed if isinstance(data, str) else json.loads(changed)


def said(lines: list[str]) -> list[str]:
    """Lines of objects in another order: what they say before what they are (kind, metadata)."""
    groups: dict[bool, list[str]] = {True: [], False: []}
    inside = False
    for line in lines:
        if line[:1].strip():
            inside = _SAID.match(line) is not None
        groups[inside].append(line)
    return [*groups[True], *groups[False]]


def named(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a file that have a name; none when it is no YAML."""
    try:
        documents = yamls.load_all(text)
    except yamls.YamlError:
        return
    for obj in (document.obj for document in documents):
        if isinstance(obj, dict) and (obj.get("metadata") or {}).get("name"):
            yield obj


def as_it_stands(text: str) -> str:
    """A text that is not to be taken for a template."""
    return f"{{% raw %}}{text}{{% endraw %}}"
