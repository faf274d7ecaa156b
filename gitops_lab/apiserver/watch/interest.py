"""Which objects a list or a watch is about."""

from dataclasses import dataclass

from gitops_lab.apiserver.selectors import FieldSelector, LabelSelector
from gitops_lab.apiserver.store import Entry, Event
from gitops_lab.apiserver.store.entry import FieldsOf


@dataclass(frozen=True)
class Interest:
    """A namespace (None: all), a name ("": any) and selectors (None: anything)."""

    namespace: str | None
    name: str
    labels: LabelSelector | None
    fields: FieldSelector | None
    fields_of: FieldsOf

    def covers(self, entry: Entry) -> bool:
        """Whether an object belongs."""
        if not self.reaches(entry):
            return False
        if self.labels is not None and not self.labels.matches(entry.labels):
            return False
        return self.fields is None or self.fields.matches(entry.fields(self.fields_of))

    def reaches(self, entry: Entry) -> bool:
        """Whether an object of that namespace and name can belong, whatever its content."""
        key = entry.key
        if self.namespace is not None and key.namespace != self.namespace:
            return False
        return not self.name or key.name == self.name

    @property
    def selects(self) -> bool:
        """Whether content matters."""
        return self.labels is not None or self.fields is not None

    def change(self, event: Event) -> str:
        """What an event means to a watcher: ADDED, MODIFIED, DELETED, LEFT, or "" for nothing.

        LEFT is a DELETED of an object that lives on but has stopped matching.
        """
        if not self.reaches(event.entry):
            return ""
        if not self.selects:
            return event.type
        before = event.previous is not None and self.covers(event.previous)
        if event.type == "DELETED":
            return "DELETED" if before else ""
        after = self.covers(event.entry)
        if after:
            return "MODIFIED" if before else "ADDED"
        return "LEFT" if before else ""
