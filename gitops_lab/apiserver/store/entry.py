"""Stored objects and the changes between them.

An object is kept as JSON without its kind and apiVersion: that is how it stands in a typed list,
and a single object, or another served version of it, is the same bytes behind another head.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

Body = dict[str, Any]
FieldsOf = Callable[[Body], dict[str, str]]


class Key(NamedTuple):
    """Where an object is stored. `collection` is "group/plural", `namespace` may be ""."""

    collection: str
    namespace: str
    name: str


class Entry:
    """One version of one object; never changed after it was made."""

    __slots__ = ("_fields", "_labels", "_uid", "body", "key", "rv")

    def __init__(
        self, key: Key, rv: int, body: bytes, labels: dict[str, str] | None = None
    ) -> None:
        self.key = key
        self.rv = rv
        self.body = body
        self._labels = labels
        self._fields: dict[str, str] | None = None
        self._uid: str | None = None

    def parsed(self) -> Body:
        """A fresh copy as a dict, without kind and apiVersion."""
        parsed: Body = orjson.loads(self.body)
        return parsed

    @property
    def labels(self) -> dict[str, str]:
        """The labels, read out of the body on first use."""
        if self._labels is None:
            self._labels = self.parsed()["metadata"].get("labels") or {}
        return self._labels

    @property
    def uid(self) -> str:
        """The identity, read out of the body on first use."""
        if self._uid is None:
            self._uid = str(self.parsed()["metadata"].get("uid", ""))
        return self._uid

    def fields(self, fields_of: FieldsOf) -> dict[str, str]:
        """What field selectors see, computed on first use."""
        if self._fields is None:
            self._fields = fields_of(self.parsed())
        return self._fields


@dataclass(slots=True)
class Event:
    """One committed change. `entry` is the object after it (or as it was deleted).

    `frames` keeps its serialised forms, one for each representation that some watcher asked for.
    """

    type: str
    entry: Entry
    previous: Entry | None
    frames: dict[Any, bytes] = field(default_factory=dict)

    @property
    def rv(self) -> int:
        """The revision of the change."""
        return self.entry.rv
