"""The store: committed objects in memory, their changes on disk first.

Reads and watches see a change only after it is on disk, so nobody can hold a version that a killed
process would forget. Writers of one object wait for each other; writers of different objects share
commits.
"""

import asyncio
from pathlib import Path

import orjson

from gitops_lab.apiserver.store.collection import Collection
from gitops_lab.apiserver.store.database import Database, Written
from gitops_lab.apiserver.store.entry import Body, Entry, Event, Key


class StoreError(Exception):
    """A write was refused by the disk; nothing of it was kept."""


class Store:
    """All collections. Its methods belong to the event loop's thread."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self._boot = self._assigned = self.database.revision()
        self.revision = self._assigned
        self._collections: dict[str, Collection] = {}
        self._pending: dict[Key, asyncio.Future[Entry]] = {}
        self._reached: list[tuple[int, asyncio.Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Read the objects and start the writer."""
        self._loop = asyncio.get_running_loop()
        for entry in await asyncio.to_thread(lambda: list(self.database.load())):
            self.collection(entry.key.collection).load(entry)
        self.database.start(self._report)

    async def stop(self) -> None:
        """Flush, and end the writer."""
        await asyncio.to_thread(self.database.stop)

    def collection(self, name: str) -> Collection:
        """The collection "group/plural", made on first use."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = Collection(name, self._boot)
        return found

    def collections(self) -> list[Collection]:
        """All of them, empty ones too."""
        return list(self._collections.values())

    async def settled(self, key: Key) -> Entry | None:
        """The object once no write of it is under way.

        From here to `put` or `remove` the caller must not await: that makes it a transaction.
        """
        while (pending := self._pending.get(key)) is not None:
            await asyncio.wait([pending])
        return self.collection(key.collection).get(key.namespace, key.name)

    def put(self, key: Key, body: Body, previous: Entry | None) -> "asyncio.Future[Entry]":
        """Write an object, whose resourceVersion is set here; the future ends once it is safe."""
        return self._submit("MODIFIED" if previous else "ADDED", key, body, previous)

    def remove(self, key: Key, body: Body, previous: Entry) -> "asyncio.Future[Entry]":
        """Delete an object; `body` is its last state, which watchers get."""
        return self._submit("DELETED", key, body, previous)

    def _submit(
        self, change: str, key: Key, body: Body, previous: Entry | None
    ) -> "asyncio.Future[Entry]":
        assert self._loop is not None
        self._assigned += 1
        metadata = body["metadata"]
        metadata["resourceVersion"] = str(self._assigned)
        labels = metadata.get("labels") or {}
        entry = Entry(key, self._assigned, orjson.dumps(body), labels)
        future: asyncio.Future[Entry] = self._loop.create_future()
        self._pending[key] = future
        self.database.submit(Event(change, entry, previous))
        return future

    def _report(self, written: Written) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._finish, written)

    def _finish(self, written: Written) -> None:
        for event in written.events:
            key = event.entry.key
            future = self._pending.pop(key)
            if written.error is None:
                self.revision = event.rv
                self.collection(key.collection).commit(event)
                if not future.done():
                    future.set_result(event.entry)
            elif not future.done():
                future.set_exception(StoreError(str(written.error)))
        self._wake()

    async def reach(self, revision: int, timeout: float) -> bool:
        """Wait until a revision has been committed; False when it takes longer than that."""
        if self.revision >= revision:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reached.append((revision, future))
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        if not self._reached:
            return
        waiting, self._reached = self._reached, []
        for revision, future in waiting:
            if future.done():
                continue
            if self.revision >= revision:
                future.set_result(None)
            else:
                self._reached.append((revision, future))
