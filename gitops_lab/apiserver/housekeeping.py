"""Forgets old events: as in Kubernetes, an event lives for an hour after its last write."""

import asyncio
import logging
import time
from datetime import UTC, datetime

from gitops_lab.apiserver.store import Entry, Store, StoreError

EVENTS = "/events"
LIFETIME = 3600.0
INTERVAL = 600.0
log = logging.getLogger(__name__)


class Housekeeping:
    """A timer that looks at events now and then; it costs nothing in between."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.forget_events(time.time() - LIFETIME)
            except StoreError:
                log.exception("old events could not be deleted")

    async def forget_events(self, before: float) -> None:
        """Delete the events that were last written before a time (seconds since 1970)."""
        old = [entry for entry in self._store.collection(EVENTS) if last_seen(entry) < before]
        for entry in old:
            current = await self._store.settled(entry.key)
            if current is entry:
                await self._store.remove(entry.key, entry.parsed(), entry)


def last_seen(entry: Entry) -> float:
    """When an event was seen last, by its own account; in seconds since 1970."""
    event = entry.parsed()
    series = event.get("series") or {}
    texts = (
        series.get("lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event["metadata"].get("creationTimestamp"),
    )
    return max((_seconds(text) for text in texts if text), default=0.0)


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
