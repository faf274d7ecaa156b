"""Encrypted YAML, opened in its own text: lines and comments stay where they are.

Values are read as SOPS reads them (YAML 1.2: `yes` is a text), which the checksum depends on.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from gitops_lab.engine.render.sops.errors import SopsError
from gitops_lab.engine.render.sops.values import Path, is_sealed

_KEY = "sops"


class _Loader(yaml.SafeLoader):
    """Tells null, booleans and numbers from text as YAML 1.2 does."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - how PyYAML is told


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)


@dataclass(frozen=True)
class Leaf:
    """A value, the path to it, where it stands in the text, and whether between brackets."""

    value: Any
    path: Path
    start: int
    end: int
    flow: bool = False


@dataclass(frozen=True)
class Read:
    """All values of a text in their order, its `sops` part, and where those parts stand."""

    leaves: tuple[Leaf, ...]
    metadata: Any
    spans: tuple[tuple[int, int], ...]


def read(text: str) -> Read:
    """Raises SopsError."""
    leaves: list[Leaf] = []
    spans: list[tuple[int, int]] = []
    metadata: Any = None
    try:
        for root in yaml.compose_all(text, _Loader):
            if not isinstance(root, yaml.MappingNode):
                continue
            flow = bool(root.flow_style)
            for key, value in root.value:
                if key.value == _KEY:
                    metadata = metadata or _constructed(value)
                    spans.append((key.start_mark.index, value.end_mark.index))
                else:
                    leaves.extend(_leaves(value, (key.value,), flow))
    except yaml.YAMLError as error:
        raise SopsError(f"it is no YAML: {str(error).splitlines()[0]}", "InvalidSops") from error
    return Read(tuple(leaves), metadata, tuple(spans))


def _leaves(node: yaml.Node, path: Path, flow: bool = False) -> Iterator[Leaf]:
    if isinstance(node, yaml.CollectionNode):
        flow = flow or bool(node.flow_style)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*path, str(key.value)), flow)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item, path, flow)
    else:
        value = _constructed(node)
        yield Leaf(value, path, node.start_mark.index, node.end_mark.index, flow)


def _constructed(node: yaml.Node) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def written(text: str, changes: list[tuple[Leaf, Any]], spans: tuple[tuple[int, int], ...]) -> str:
    """The text with other values, and without what stands in the spans."""
    pieces = [(*_extent(text, leaf), _scalar(value, leaf)) for leaf, value in changes]
    pieces += [(start, end, "") for start, end in spans]
    for start, end, new in sorted(pieces, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _extent(text: str, leaf: Leaf) -> tuple[int, int]:
    """Where a value stands; the mark of a block lies behind its newline, which stays."""
    return leaf.start, leaf.start + len(text[leaf.start : leaf.end].rstrip())


def _scalar(value: Any, leaf: Leaf) -> str:
    """A value in YAML on one line; JSON's strings are YAML's. What is sealed is mostly plain."""
    plain = is_sealed(value) and not leaf.flow
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
