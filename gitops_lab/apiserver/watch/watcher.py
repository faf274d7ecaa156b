"""One watch: from the store to a connection, with a bounded queue for when that is busy."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.store import Collection, Entry, Event
from gitops_lab.apiserver.views.base import View, line
from gitops_lab.apiserver.watch.hub import Hub
from gitops_lab.apiserver.watch.interest import Interest

MAX_FRAMES = 2000
MAX_BYTES = 8 * 1024 * 1024
BOOKMARK_SECONDS = 60.0


class Watcher:
    """Takes events from a collection and yields lines to a connection.

    A client that reads too slowly is cut off with 410 Expired: it lists again, and the server's
    memory stays bounded.
    """

    def __init__(self, collection: Collection, interest: Interest, view: View) -> None:
        self._collection = collection
        self._interest = interest
        self._view = view
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._push: Callable[[bytes], bool] | None = None
        self._idle = False
        self._closed = False
        self._first = True
        self._timers: list[asyncio.TimerHandle] = []

    def begin(self, initial: Iterable[Entry], missed: Iterable[Event]) -> None:
        """Queue what is there already and what was missed; from now on nothing is lost."""
        first = []
        for entry in initial:
            first.append(self._view.frame("ADDED", entry, first=self._first))
            self._first = False
        if first:
            # One piece that does not count against the queue: the client asked for all of it.
            self._frames.append(b"".join(first))
        for event in missed:
            self._take(event)
        self._collection.listeners.add(self)

    def offer(self, event: Event) -> None:
        """A change was committed."""
        if self._closed:
            return
        try:
            self._take(event)
        except Exception:
            self.close()  # the client starts anew, by which time the object may be presentable
            raise
        if len(self._frames) > MAX_FRAMES or self._bytes > MAX_BYTES:
            self._overflow()

    def _take(self, event: Event) -> None:
        change = self._interest.change(event)
        if not change:
            return
        frame = self._frame(change, event)
        # Only while the stream waits with nothing queued: what is older has been written by then.
        if self._idle and not self._frames and self._push is not None and self._push(frame):
            return
        self._bytes += len(frame)
        self._frames.append(frame)
        self._wake.set()

    def push_with(self, push: Callable[[bytes], bool]) -> None:
        """Write events to the connection at once from now on, while it can take them."""
        self._push = push

    def _frame(self, change: str, event: Event) -> bytes:
        cache_key = (self._view.key, change, self._first)
        frame = event.frames.get(cache_key)
        if frame is None:
            frame = event.frames[cache_key] = self._serialise(change, event)
        self._first = False
        return frame

    def _serialise(self, change: str, event: Event) -> bytes:
        if change != "LEFT":
            return self._view.frame(change, event.entry, first=self._first)
        assert event.previous is not None
        return self._view.frame(
            "DELETED", _at_revision(event.previous, event.rv), first=self._first
        )

    def _overflow(self) -> None:
        self._frames.clear()
        self._frames.append(error_line(status.expired("the watch could not keep up with changes")))
        self.close()

    def bookmark(self, revision: int, *, initial_end: bool = False) -> None:
        """Queue a bookmark."""
        frame = self._view.bookmark(revision, initial_end=initial_end, first=self._first)
        self._first = False
        self._frames.append(frame)
        self._wake.set()

    def keep_bookmarked(self, store_revision: Callable[[], int]) -> None:
        """Send a bookmark every minute."""
        loop = asyncio.get_running_loop()

        def again() -> None:
            if not self._closed:
                self.bookmark(store_revision())
                self._timers[0] = loop.call_later(BOOKMARK_SECONDS, again)

        self._timers.insert(0, loop.call_later(BOOKMARK_SECONDS, again))

    def end_after(self, seconds: float) -> None:
        """End the stream then."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds, self.close))

    def close(self) -> None:
        """End the stream once what is queued has been sent."""
        self._closed = True
        self._collection.listeners.discard(self)
        self._wake.set()
        for timer in self._timers:
            timer.cancel()

    async def lines(self, hub: Hub) -> AsyncGenerator[bytes, None]:
        """The stream, in pieces of whatever is queued."""
        hub.add(self)
        try:
            while True:
                if self._frames:
                    piece = b"".join(self._frames)
                    self._frames.clear()
                    self._bytes = 0
                    yield piece
                elif self._closed:
                    return
                else:
                    self._wake.clear()
                    self._idle = True
                    await self._wake.wait()
                    self._idle = False
        finally:
            self.close()
            hub.discard(self)


def error_line(error: status.StatusError) -> bytes:
    """An ERROR event with a Status."""
    return line("ERROR", orjson.dumps(error.status()))


def _at_revision(entry: Entry, revision: int) -> Entry:
    body = entry.parsed()
    body["metadata"]["resourceVersion"] = str(revision)
    return Entry(entry.key, revision, orjson.dumps(body), entry.labels)
