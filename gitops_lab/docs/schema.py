"""The reference of lab.yaml, from the schema that editors use."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops_lab.lab.schema import schema

_HEAD = """# lab.yaml

Every key, from the schema that `gitops-lab author schema` prints and that editors read
([lab.schema.json](lab.schema.json)). `[]` are the items of a list, `.*` are free names.
[Write a lab](../teach/write-a-lab.md) says what they are for.

| key | what it holds | what it means |
|---|---|---|
"""


def page() -> str:
    """The reference as Markdown."""
    rows = (f"| `{path}` | {kind} | {about} |" for path, kind, about in _rows(schema(), ""))
    return _HEAD + "\n".join(rows) + "\n"


def _rows(shape: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    if path:
        yield path, _kind(shape), str(shape.get("description", ""))
    needed = shape.get("required", ())
    for key, below in shape.get("properties", {}).items():
        for name, kind, about in _rows(below, f"{path}.{key}" if path else key):
            must = key in needed and name.endswith(key)
            yield name, f"{kind}, required" if must else kind, about
    for choice in shape.get("oneOf", ()):
        yield from _below(choice, path)
    if "items" in shape:
        yield from _below(shape["items"], f"{path}[]")
    if isinstance(shape.get("additionalProperties"), dict):
        yield from _below(shape["additionalProperties"], f"{path}.*")


def _below(shape: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    """What is in the items of a list or mapping; they themselves need no row."""
    yield from (row for row in _rows(shape, path) if row[0] != path)


def _kind(shape: Mapping[str, Any]) -> str:
    if "enum" in shape:
        return "one of " + ", ".join(f"`{word}`" for word in shape["enum"])
    if shape.get("type") == "array":
        items = shape.get("items", {})
        plain = items.get("type") == "string"
        return f"list, {_kind(items)} each" if plain else "list"
    names = {"object": "mapping", "string": "text", "integer": "number", "boolean": "true or false"}
    return names.get(str(shape.get("type")), "anything")
