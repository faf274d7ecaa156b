"""The work queue: keys that wait for a worker.

The rules are client-go's: a key that is added twice before it is worked on is worked on once; a key
that is added while it is worked on comes again afterwards; one key is never in two hands. A failure
brings its key back after 5 ms, doubling up to a limit. Nothing polls: a waiting worker sleeps until
a key comes or the next delayed key is due.
"""

import heapq
import threading
import time
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

FIRST_RETRY = 0.005
LONGEST_RETRY = 60.0


class WorkQueue(Generic[K]):
    """Thread-safe; delays are in seconds."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: deque[K] = deque()
        self._waiting: set[K] = set()
        self._working: set[K] = set()
        self._due: dict[K, float] = {}
        self._delayed: list[tuple[float, int, K]] = []
        self._sequence = 0
        self._failures: dict[K, int] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it was shut down."""
        return self._closed

    def add(self, key: K) -> None:
        """Work on this key as soon as a worker is free."""
        with self._changed:
            self._add(key)

    def add_after(self, key: K, seconds: float) -> None:
        """Work on this key after a while; of two delays for one key the shorter counts."""
        if seconds <= 0:
            self.add(key)
            return
        with self._changed:
            due = time.monotonic() + seconds
            if self._closed or due >= self._due.get(key, float("inf")):
                return
            self._due[key] = due
            self._sequence += 1
            heapq.heappush(self._delayed, (due, self._sequence, key))
            self._changed.notify()

    def add_rate_limited(self, key: K) -> None:
        """Work on this key again after a failure, later each time."""
        with self._changed:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
        self.add_after(key, min(FIRST_RETRY * 2.0**failures, LONGEST_RETRY))

    def forget(self, key: K) -> None:
        """This key went well: its next failure is its first."""
        with self._changed:
            self._failures.pop(key, None)

    def get(self) -> K | None:
        """The next key, to be given back with `done`; None when the queue is shut down."""
        with self._changed:
            while not self._closed:
                pause = self._release_due()
                if self._ready:
                    key = self._ready.popleft()
                    self._waiting.discard(key)
                    self._working.add(key)
                    return key
                self._changed.wait(pause)
            return None

    def done(self, key: K) -> None:
        """The key is out of the worker's hands; it may be worked on again."""
        with self._changed:
            self._working.discard(key)
            if key in self._waiting and not self._closed:
                self._ready.append(key)
                self._changed.notify()

    def shut_down(self) -> None:
        """Wake every worker; nothing comes out any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, key: K) -> None:
        if self._closed or key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._working:
            self._ready.append(key)
            self._changed.notify()

    def _release_due(self) -> float | None:
        """Move what is due to the ready keys; the seconds until the next one, or None."""
        now = time.monotonic()
        while self._delayed:
            due, _, key = self._delayed[0]
            if due > now:
                return due - now
            heapq.heappop(self._delayed)
            if self._due.get(key) == due:
                del self._due[key]
                self._add(key)
        return None
