"""Where objects are kept: SQLite on disk, JSON in memory, a log of changes for watches."""

from gitops_lab.apiserver.store.collection import Collection, Expired, order
from gitops_lab.apiserver.store.entry import Entry, Event, Key
from gitops_lab.apiserver.store.store import Store, StoreError

__all__ = ["Collection", "Entry", "Event", "Expired", "Key", "Store", "StoreError", "order"]
