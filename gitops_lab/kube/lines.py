"""In which line of a YAML text a field stands, so that an error can point to it."""

import re
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STEP = re.compile(r'\["([^"]*)"\]|\[([^\]]*)\]|([^.\[\]]+)')


def field_steps(field: str) -> tuple[str, ...]:
    """`spec.ports[0]["a.b"]` as ("spec", "ports", "[0]", "a.b"); `[name=web]` stays as it is."""
    return tuple(
        quoted or (f"[{index}]" if index else name) for quoted, index, name in _STEP.findall(field)
    )


def line_of(text: str, document_line: int, field: str) -> int:
    """The 1-based line of a field in the document that starts at `document_line`.

    The line of the deepest part of the path that is there; `document_line` when none is, or when
    the text is not YAML.
    """
    try:
        root = _document(text, document_line)
    except yaml.YAMLError:
        return document_line
    line = document_line
    for step in field_steps(field):
        found = _child(root, step)
        if found is None:
            break
        line, root = found
    return line


def _document(text: str, line: int) -> Any:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None and node.start_mark.line + 1 >= line:
                return node
        return None
    finally:
        loader.dispose()


def _child(node: Any, step: str) -> tuple[int, Any] | None:
    """The line where the part begins, and the part."""
    if isinstance(node, yaml.SequenceNode) and step.startswith("["):
        item = _item(node, step[1:-1])
        return (item.start_mark.line + 1, item) if item is not None else None
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if getattr(key, "value", None) == step:
                return key.start_mark.line + 1, value
    return None


def _item(node: Any, which: str) -> Any:
    name, equals, wanted = which.partition("=")
    if not equals:
        return node.value[int(which)] if which.isdigit() and int(which) < len(node.value) else None
    for item in node.value:
        found = _child(item, name)
        if found is not None and getattr(found[1], "value", None) == wanted:
            return item
    return None
