"""The board: takes facts in from any thread, and shows whole states, at most every so often.

A burst of changes becomes one state; the first change after a pause is shown at once. The past is
kept as what changed at each moment, within bounds, so that any of them can be looked at again.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from gitops_lab.web.facts import Key, State

GAP = 0.05
"""Seconds between two states."""
_MOMENTS_A_SECOND = 10
KEPT_MOMENTS = 3000
KEPT_CHANGES = 20_000


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    changes: Mapping[Key, Any]


class Timeline:
    """What changed when, the oldest folded together. None as a value is a fact that is gone."""

    def __init__(self, moments: int = KEPT_MOMENTS, changes: int = KEPT_CHANGES) -> None:
        self._base: dict[Key, Any] = {}
        self._moments: deque[_Moment] = deque()
        self._most = (moments, changes)
        self._changes = 0
        self.begin = 0.0

    def add(self, at: float, changes: Mapping[Key, Any]) -> None:
        """Something changed."""
        self.begin = self.begin or at
        self._moments.append(_Moment(at, changes))
        self._changes += len(changes)
        while len(self._moments) > self._most[0] or self._changes > self._most[1]:
            oldest = self._moments.popleft()
            _merge(self._base, oldest.changes)
            self._changes -= len(oldest.changes)
            self.begin = oldest.at

    @property
    def end(self) -> float:
        """When something changed last; 0 when nothing ever did."""
        return self._moments[-1].at if self._moments else self.begin

    def at(self, moment: float) -> State:
        """How things stood then; as far back as is kept."""
        facts = dict(self._base)
        for each in self._moments:
            if each.at > moment:
                break
            _merge(facts, each.changes)
        return State(facts, moment)


class Board:
    """Lives on one event loop; `put` is for every thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeline: Timeline | None = None) -> None:
        self._loop = loop
        self._lock = Lock()
        self._waiting: dict[Key, Any] = {}
        self._changed = asyncio.Event()
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._kept: deque[float] = deque(maxlen=_MOMENTS_A_SECOND)
        self._closed = False
        self.timeline = timeline or Timeline()
        self.state = State({}, time.time())

    def put(self, changes: Mapping[Key, Any], *, moment: bool = False) -> None:
        """Take facts in; None removes one. With `moment` they are kept apart from later ones."""
        with self._lock:
            first = not self._waiting
            self._waiting.update(changes)
        if first or moment:
            self._later(self._at_once if moment else self._soon)

    def peek(self, key: Key) -> Any:
        """The newest fact of a key, shown or not."""
        with self._lock:
            if key in self._waiting:
                return self._waiting[key]
        return self.state.facts.get(key)

    async def states(self) -> AsyncIterator[State]:
        """The state now and each later one; a slow reader misses those in between."""
        seen: State | None = None
        while not self._closed:
            changed = self._changed
            if self.state is not seen:
                seen = self.state
                yield seen
            else:
                await changed.wait()

    def close(self) -> None:
        """Let all readers end."""
        self._closed = True
        self._changed.set()

    def _later(self, call: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the page has ended
            self._loop.call_soon_threadsafe(call)

    def _at_once(self) -> None:
        """A moment to keep gets a state of its own, but in a storm they have to share."""
        now = self._loop.time()
        if len(self._kept) < _MOMENTS_A_SECOND or now - self._kept[0] > 1.0:
            self._kept.append(now)
            self._soon(GAP / 5)
        else:
            self._soon()

    def _soon(self, gap: float = GAP) -> None:
        now = self._loop.time()
        due = self._last + gap
        if due <= now:
            self._show()
        elif self._timer is None or due < self._timer.when():
            self._forget_timer()
            self._timer = self._loop.call_at(due, self._show)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _show(self) -> None:
        self._forget_timer()
        with self._lock:
            changes, self._waiting = self._waiting, {}
            known = self.state.facts
            changes = {key: fact for key, fact in changes.items() if known.get(key) != fact}
            if not changes:
                return
            facts = dict(known)
            _merge(facts, changes)
            self.state = State(facts, time.time())
        self._last = self._loop.time()
        self.timeline.add(self.state.at, changes)
        self._changed.set()
        self._changed = asyncio.Event()


def _merge(facts: dict[Key, Any], changes: Mapping[Key, Any]) -> None:
    for key, fact in changes.items():
        if fact is None:
            facts.pop(key, None)
        else:
            facts[key] = fact
