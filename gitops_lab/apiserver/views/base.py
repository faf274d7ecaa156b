"""What every form of an answer can do."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.kube.objects import Object, join_api_version

INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@dataclass(frozen=True)
class ListMeta:
    """The metadata of a list."""

    revision: int
    continue_: str = ""
    remaining: int | None = None

    def to_dict(self) -> Object:
        """As JSON has it."""
        meta: Object = {"resourceVersion": str(self.revision)}
        if self.continue_:
            meta["continue"] = self.continue_
        if self.remaining is not None:
            meta["remainingItemCount"] = self.remaining
        return meta


class View(Protocol):
    """One form."""

    content_type: str

    @property
    def key(self) -> Hashable:
        """Equal for forms that serialise an event alike."""

    def one(self, entry: Entry) -> bytes:
        """A single object."""

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        """A list."""

    def frame(self, kind: str, entry: Entry, *, first: bool) -> bytes:
        """A line of a watch; `first` is true for the first one that a client gets."""

    def bookmark(self, revision: int, *, initial_end: bool, first: bool) -> bytes:
        """A BOOKMARK line; `first` as for `frame`."""


def api_version(resource: Resource) -> str:
    """The resource's apiVersion as objects carry it."""
    return join_api_version(resource.group, resource.version)


def head(kind: str, version: str) -> bytes:
    """The start of an object's JSON; a body without its opening brace follows."""
    return b'{"kind":%b,"apiVersion":%b,' % (orjson.dumps(kind), orjson.dumps(version))


def line(kind: str, body: bytes) -> bytes:
    """One event of a watch."""
    return b'{"type":"%b","object":%b}\n' % (kind.encode("ascii"), body)


def bookmark_metadata(revision: int, *, initial_end: bool) -> dict[str, Any]:
    """The metadata of a bookmark's object."""
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if initial_end:
        metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
    return metadata
