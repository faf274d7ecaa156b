"""SQLite under the store: one thread writes, and what arrives meanwhile shares its next commit.

WAL with synchronous NORMAL: a commit survives the death of the process; the death of the operating
system may lose the last second. Nothing here runs on the event loop.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.apiserver.store.entry import Entry, Event, Key

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    collection TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    rv INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (collection, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
MAX_BATCH = 256


@dataclass(frozen=True)
class Written:
    """What became of a batch: `error` is None when it is on disk."""

    events: list[Event]
    error: Exception | None


class Database:
    """The file, and the thread that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        try:
            connection.executescript(SCHEMA)
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA busy_timeout=5000")
        return connection

    def revision(self) -> int:
        """The last revision that was committed; 0 in a new file."""
        return int(self.meta("revision") or 0)

    def meta(self, name: str) -> str | None:
        """A value of the server itself, such as its signing key."""
        connection = self._connect()
        try:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return None if row is None else str(row[0])
        finally:
            connection.close()

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value of the server itself. Call it before `start` only."""
        connection = self._connect()
        try:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        finally:
            connection.close()

    def load(self) -> Iterator[Entry]:
        """Every object on disk."""
        connection = self._connect()
        try:
            rows = connection.execute("SELECT collection, namespace, name, rv, body FROM objects")
            for collection, namespace, name, rv, body in rows:
                yield Entry(Key(collection, namespace, name), rv, bytes(body))
        finally:
            connection.close()

    def start(self, report: Callable[[Written], None]) -> None:
        """Start the thread; it calls `report` after each commit, in the order of submission."""
        self._thread = threading.Thread(
            target=self._run, args=(report,), name="store-writer", daemon=True
        )
        self._thread.start()

    def submit(self, event: Event) -> None:
        """Queue a change for the next commit."""
        self._queue.put(event)

    def stop(self) -> None:
        """Write what is queued and end the thread. Blocks."""
        if self._thread is None:
            return
        self._queue.put(None)
        self._thread.join()
        self._thread = None

    def _run(self, report: Callable[[Written], None]) -> None:
        connection = self._connect()
        try:
            going = True
            while going:
                batch, going = self._next_batch()
                if batch:
                    report(Written(batch, _write(connection, batch)))
        finally:
            connection.close()

    def _next_batch(self) -> tuple[list[Event], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        batch = [first]
        with suppress(queue.Empty):
            while len(batch) < MAX_BATCH:
                event = self._queue.get_nowait()
                if event is None:
                    return batch, False
                batch.append(event)
        return batch, True


def _write(connection: sqlite3.Connection, batch: list[Event]) -> Exception | None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        for event in batch:
            _write_one(connection, event)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('revision', ?)", (batch[-1].rv,))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        return error
    return None


def _write_one(connection: sqlite3.Connection, event: Event) -> None:
    entry = event.entry
    if event.type == "DELETED":
        connection.execute(
            "DELETE FROM objects WHERE collection = ? AND namespace = ? AND name = ?", entry.key
        )
        return
    connection.execute(
        "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)",
        (*entry.key, entry.rv, entry.body),
    )
