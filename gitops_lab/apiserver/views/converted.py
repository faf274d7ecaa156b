"""Any form of a resource whose objects are not shown as they are stored."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from gitops_lab.apiserver.defaults import apply_schema_defaults
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.types.schema import Schema
from gitops_lab.apiserver.views.base import ListMeta, View


class Shown(Protocol):
    """From what is stored to what is shown."""

    def shown(self, entry: Entry) -> Entry: ...  # noqa: D102


@dataclass(frozen=True)
class Defaulted:
    """Shows custom objects with the defaults that their schema declares by now."""

    schema: Schema

    def shown(self, entry: Entry) -> Entry:
        """The entry itself where nothing is missing."""
        parsed = entry.parsed()
        filled = apply_schema_defaults(parsed, self.schema)
        if filled is parsed:
            return entry
        return Entry(entry.key, entry.rv, orjson.dumps(filled), entry.labels)


class Converted:
    """Converts each object, then leaves it to the form behind."""

    def __init__(self, view: View, conversion: Shown) -> None:
        self._view = view
        self._conversion = conversion
        self.content_type = view.content_type

    @property
    def key(self) -> Hashable:
        """The key of the form behind: it names the resource's apiVersion."""
        return self._view.key

    def one(self, entry: Entry) -> bytes:
        """A single object."""
        return self._view.one(self._conversion.shown(entry))

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        """A list."""
        return self._view.many([self._conversion.shown(entry) for entry in entries], meta)

    def frame(self, kind: str, entry: Entry, *, first: bool) -> bytes:
        """A line of a watch."""
        return self._view.frame(kind, self._conversion.shown(entry), first=first)

    def bookmark(self, revision: int, *, initial_end: bool, first: bool) -> bytes:
        """A BOOKMARK line."""
        return self._view.bookmark(revision, initial_end=initial_end, first=first)
