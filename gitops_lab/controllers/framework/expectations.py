"""Expectations: what a controller did and has not yet seen in its informers.

A controller that created three pods must not count pods again before the three have come back
through the watch, or it would create them twice. Creations are counted, deletions are remembered by
name, since a graceful one is seen twice. After five minutes an expectation is void, as in
kube-controller-manager.
"""

import threading
import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

VOID_AFTER = 300.0


@dataclass
class _Expected:
    creations: int = 0
    deletions: set[Hashable] = field(default_factory=set)
    since: float = field(default_factory=time.monotonic)

    def met(self) -> bool:
        return self.creations <= 0 and not self.deletions


class Expectations:
    """By the owner's key; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[Hashable, _Expected] = {}

    def expect_creations(self, owner: Hashable, count: int) -> None:
        """`count` dependants are about to be created; what was expected before is forgotten."""
        with self._lock:
            self._expected[owner] = _Expected(creations=count)

    def expect_deletions(self, owner: Hashable, names: Iterable[Hashable]) -> None:
        """These dependants are about to be deleted; what was expected before is forgotten."""
        with self._lock:
            self._expected[owner] = _Expected(deletions=set(names))

    def expect(self, owner: Hashable, creations: int, deletions: Iterable[Hashable]) -> None:
        """Both are about to happen; what was expected before is forgotten."""
        with self._lock:
            self._expected[owner] = _Expected(creations, set(deletions))

    def created(self, owner: Hashable, count: int = 1) -> None:
        """A creation was seen, or will never happen."""
        with self._lock:
            if expected := self._expected.get(owner):
                expected.creations -= count

    def deleted(self, owner: Hashable, name: Hashable) -> None:
        """A deletion was seen, or will never happen."""
        with self._lock:
            if expected := self._expected.get(owner):
                expected.deletions.discard(name)

    def met(self, owner: Hashable) -> bool:
        """Whether the owner may act again."""
        with self._lock:
            expected = self._expected.get(owner)
            return (
                expected is None or expected.met() or time.monotonic() - expected.since > VOID_AFTER
            )

    def forget(self, owner: Hashable) -> None:
        """The owner is gone."""
        with self._lock:
            self._expected.pop(owner, None)
