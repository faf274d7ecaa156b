"""All objects of one resource in memory, with the log of changes that watches resume from."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from gitops_lab.apiserver.store.entry import Entry, Event

MAX_EVENTS = 2048
MAX_LOG_BYTES = 2 * 1024 * 1024
log = logging.getLogger(__name__)


class Listener(Protocol):
    """What a collection tells its changes to."""

    def offer(self, event: Event) -> None:
        """Take a change; must not block."""


class Expired(Exception):
    """The log does not reach back to the revision asked for."""


def order(namespace: str, name: str) -> str:
    """The sort key of a listing: etcd's, which sorts whole paths."""
    return f"{namespace}/{name}" if namespace else name


class Collection:
    """Committed objects of one resource. Only the event loop's thread touches it."""

    def __init__(self, name: str, floor: int) -> None:
        self.name = name
        self.floor = floor
        self.listeners: set[Listener] = set()
        self._namespaces: dict[str, dict[str, Entry]] = {}
        self._sorted: dict[str, list[Entry]] = {}
        self._log: deque[Event] = deque()
        self._log_bytes = 0

    def get(self, namespace: str, name: str) -> Entry | None:
        """The object, or None."""
        return self._namespaces.get(namespace, {}).get(name)

    def entries(self, namespace: str | None) -> list[Entry]:
        """Objects in the order of a listing: of one namespace, or of all (None). Don't change."""
        if namespace is None:
            return self._all()
        cached = self._sorted.get(namespace)
        if cached is None:
            held = self._namespaces.get(namespace, {})
            cached = self._sorted[namespace] = [held[name] for name in sorted(held)]
        return cached

    def _all(self) -> list[Entry]:
        spaces = sorted(self._namespaces, key=lambda space: f"{space}/")
        if len(spaces) == 1:
            return self.entries(spaces[0])
        return [entry for space in spaces for entry in self.entries(space)]

    def is_empty(self) -> bool:
        """True when there is no object at all."""
        return not self._namespaces

    def load(self, entry: Entry) -> None:
        """Take an object that was read from disk."""
        self._namespaces.setdefault(entry.key.namespace, {})[entry.key.name] = entry

    def commit(self, event: Event) -> None:
        """Make a change visible, log it, and tell the listeners."""
        self._apply(event)
        self._remember(event)
        for listener in tuple(self.listeners):
            try:
                listener.offer(event)
            except Exception:
                # One that can't take it must not keep the others, or the writer, from going on.
                log.exception("%s: a listener failed on revision %d", self.name, event.rv)

    def _apply(self, event: Event) -> None:
        key = event.entry.key
        self._sorted.pop(key.namespace, None)
        if event.type != "DELETED":
            self._namespaces.setdefault(key.namespace, {})[key.name] = event.entry
            return
        held = self._namespaces.get(key.namespace, {})
        held.pop(key.name, None)
        if not held:
            self._namespaces.pop(key.namespace, None)

    def _remember(self, event: Event) -> None:
        self._log.append(event)
        self._log_bytes += len(event.entry.body)
        while len(self._log) > MAX_EVENTS or self._log_bytes > MAX_LOG_BYTES:
            dropped = self._log.popleft()
            self._log_bytes -= len(dropped.entry.body)
            self.floor = dropped.rv
        if len(self._log) > 1:
            # Only the newest change keeps its serialised forms: late watchers are rare.
            self._log[-2].frames.clear()

    def since(self, rv: int) -> list[Event]:
        """The changes after a revision, oldest first. Raises Expired."""
        if rv < self.floor:
            raise Expired
        newer = []
        for event in reversed(self._log):
            if event.rv <= rv:
                break
            newer.append(event)
        newer.reverse()
        return newer

    def at(self, rv: int, namespace: str | None) -> list[Entry]:
        """The listing as it was at a revision, by undoing what came after. Raises Expired."""
        changes = self.since(rv)
        if not changes:
            return self.entries(namespace)
        state = {entry.key: entry for entry in self.entries(namespace)}
        for event in reversed(changes):
            key = event.entry.key
            if namespace is not None and key.namespace != namespace:
                continue
            if event.previous is None:
                state.pop(key, None)
            else:
                state[key] = event.previous
        return sorted(state.values(), key=lambda entry: order(entry.key.namespace, entry.key.name))

    def namespaces(self) -> Iterable[str]:
        """Namespaces in which there is at least one object."""
        return self._namespaces.keys()

    def __iter__(self) -> Iterator[Entry]:
        for held in self._namespaces.values():
            yield from held.values()
