"""Any form of a resource whose objects are stored as another one's."""

from collections.abc import Hashable, Sequence

from gitops_lab.apiserver.conversion import Conversion
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.views.base import ListMeta, View


class Converted:
    """Converts each object, then leaves it to the form behind."""

    def __init__(self, view: View, conversion: Conversion) -> None:
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
