"""PartialObjectMetadata: what garbage collectors and metadata informers ask for."""

from collections.abc import Sequence

import orjson

from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.views.base import ListMeta, bookmark_metadata, head, line


class Partial:
    """Only metadata, under meta.k8s.io of a version."""

    def __init__(self, version: str) -> None:
        self.key = ("partial", version)
        self.content_type = "application/json"
        self._head = head("PartialObjectMetadata", f"meta.k8s.io/{version}")
        self._list_head = head("PartialObjectMetadataList", f"meta.k8s.io/{version}")

    def one(self, entry: Entry) -> bytes:
        """The object's metadata."""
        return self._of(entry.parsed()["metadata"])

    def many(self, entries: Sequence[Entry], meta: ListMeta) -> bytes:
        """The list."""
        items = b",".join(self.one(entry) for entry in entries)
        return b'%b"metadata":%b,"items":[%b]}' % (
            self._list_head,
            orjson.dumps(meta.to_dict()),
            items,
        )

    def frame(self, kind: str, entry: Entry, *, first: bool) -> bytes:
        """An event."""
        return line(kind, self.one(entry))

    def bookmark(self, revision: int, *, initial_end: bool, first: bool) -> bytes:
        """A bookmark."""
        return line("BOOKMARK", self._of(bookmark_metadata(revision, initial_end=initial_end)))

    def _of(self, metadata: object) -> bytes:
        return b'%b"metadata":%b}' % (self._head, orjson.dumps(metadata))
