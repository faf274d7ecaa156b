"""Where each value of a YAML text stands, so that a problem can name its line."""

from collections.abc import Iterator

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one that `kube.yamls` reads with: the two disagree on a `?` within braces."""

Path = tuple[str | int, ...]


class Lines:
    """Line numbers (1-based) by path: `("steps", 0, "id")` is the first step's id."""

    def __init__(self, text: str) -> None:
        root = yaml.compose(text, Loader=_Loader)
        self._lines: dict[Path, int] = dict(_walk(root, ())) if root is not None else {}

    def at(self, path: Path) -> int:
        """The line of a path, or of the nearest parent that is there."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            yield from _walk(value, below)
            yield below, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, index))
