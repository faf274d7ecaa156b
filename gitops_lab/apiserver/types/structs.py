"""The Go structs behind the built-in kinds: field types, protobuf tags, and what Go writes.

Kubernetes' answers have passed through these structs: unknown fields are gone, empty values of
`omitempty` fields too, and other fields stand there even when nobody set them (`status: {}`,
`resources: {}`). golang.py brings objects into that form, protobuf/ decodes by the same table.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import orjson

from gitops_lab.apiserver.types.definitions import DATA


@dataclass(frozen=True, slots=True)
class StructField:
    """One field. `type` is a word of scripts/gen-types: a scalar, a special, or a struct's name,
    after [] for a list and {} for a map.
    """

    name: str
    tag: int
    type: str
    pointer: bool
    omit_empty: bool
    omit_zero: bool

    @property
    def element(self) -> str:
        """The type of a list's items or a map's values; of the field itself otherwise."""
        return self.type[2:] if self.type[:2] in ("[]", "{}") else self.type

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.type.startswith("[]")

    @property
    def is_map(self) -> bool:
        """Whether it is a map with string keys."""
        return self.type.startswith("{}")


@dataclass(frozen=True)
class Struct:
    """A Go struct: its own fields, and those that other structs inline into it."""

    name: str
    own: tuple[StructField, ...] = field(repr=False)

    @cached_property
    def fields(self) -> dict[str, StructField]:
        """JSON name -> field, with inlined structs flattened as in JSON."""
        return {item.name: item for item in self._flattened()}

    @cached_property
    def short_name(self) -> str:
        """The bare name, as Go's decoding errors say it."""
        return self.name.rpartition(".")[2]

    @cached_property
    def qualified_name(self) -> str:
        """`v1.Container`, as Go's decoding errors say a type."""
        return ".".join(self.name.split(".")[-2:])

    def _flattened(self) -> Iterator[StructField]:
        for item in self.own:
            if item.name:
                yield item
            elif (inlined := struct(item.element)) is not None:
                yield from inlined.fields.values()


def struct(name: str) -> Struct | None:
    """The struct of an OpenAPI definition's name; None for scalars and custom types."""
    row = _table().get(name)
    return _struct(name) if row is not None else None


@cache
def _struct(name: str) -> Struct:
    rows = orjson.loads(_table()[name])
    return Struct(name, tuple(_field(*row) for row in rows))


def _field(name: str, tag: int, type_: str, flags: str) -> StructField:
    return StructField(
        sys.intern(name), tag, sys.intern(type_), "p" in flags, "o" in flags, "z" in flags
    )


@cache
def _table() -> dict[str, bytes]:
    rows: dict[str, Any] = orjson.loads((DATA / "structs.json").read_bytes())
    return {name: orjson.dumps(row) for name, row in rows.items()}
