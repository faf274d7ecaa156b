"""The log of one run of a container: lines with their time on disk, followed without polling.

The form on disk is the CRI's: `TIME stdout|stderr F|P TEXT`, P for a piece of a longer line.
Everything here runs on the node's event loop.
"""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitops_lab.node import times

_MAX_BYTES = 10 * 1024 * 1024
_MAX_LINE = 16 * 1024
_BLOCK = 65536

Listener = Callable[[str, bytes], None]


@dataclass(frozen=True)
class LogOptions:
    """Which part of a log is wanted, as `kubectl logs` asks; None is "no limit"."""

    follow: bool = False
    tail_lines: int | None = None
    since: datetime | None = None
    timestamps: bool = False
    limit_bytes: int | None = None

    @classmethod
    def since_seconds(cls, seconds: int) -> datetime:
        """The time that many seconds ago."""
        return datetime.now(UTC) - timedelta(seconds=seconds)


class LogFile:
    """Written by the container's run, read by any number of followers."""

    def __init__(self, path: Path, max_bytes: int = _MAX_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.closed = False
        self.listeners: set[Listener] = set()
        self._max_bytes = max_bytes
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._partial = {"stdout": b"", "stderr": b""}
        self._waiting: set[asyncio.Future[None]] = set()

    def write(self, stream: str, data: bytes) -> None:
        """Take what the process wrote; whole lines go to disk."""
        for listener in list(self.listeners):
            listener(stream, data)
        *lines, rest = (self._partial[stream] + data).split(b"\n")
        self._partial[stream] = rest if len(rest) < _MAX_LINE else b""
        now = _nanoseconds()
        entries = [_entry(now, stream, b"F", line) for line in lines]
        if len(rest) >= _MAX_LINE:
            entries.append(_entry(now, stream, b"P", rest))
        self._append(b"".join(entries))

    def close(self) -> None:
        """The run is over: no more comes."""
        now = _nanoseconds()
        for stream, rest in self._partial.items():
            if rest:
                self._append(_entry(now, stream, b"P", rest))
        self.closed = True
        self._file.close()
        self._wake()

    def tail(self, count: int, limit: int) -> str:
        """The last lines as text, for a termination message."""
        with self.path.open("rb") as file:
            lines = deque(file, count)
        return b"".join(map(_text, lines))[-limit:].decode(errors="replace")

    async def changed(self) -> None:
        """Wait until more is written or the run is over."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    def _append(self, data: bytes) -> None:
        if not data or self.closed:
            return
        if self._size + len(data) > self._max_bytes and self._size:
            self._rotate()
        self._file.write(data)
        self._size += len(data)
        self._wake()

    def _rotate(self) -> None:
        self._file.close()
        os.replace(self.path, self.path.with_suffix(".log.1"))
        self._file = self.path.open("ab", buffering=0)
        self._size = 0

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


async def read_log(path: Path, live: LogFile | None, options: LogOptions) -> AsyncIterator[bytes]:
    """The wanted part of a log in blocks; with `follow` until the run `live` is over."""
    left = options.limit_bytes
    async for block in _blocks(path, live, options):
        if left is not None and len(block) >= left:
            yield block[:left]
            return
        left = None if left is None else left - len(block)
        if block:
            yield block


async def _blocks(path: Path, live: LogFile | None, options: LogOptions) -> AsyncIterator[bytes]:
    file = path.open("rb")
    try:
        lines: Iterator[bytes] | deque[bytes] = _lines(file.fileno(), options.since)
        if options.tail_lines is not None:
            lines = deque(lines, options.tail_lines)
        for block in _joined(lines, options.timestamps):
            yield block
            await asyncio.sleep(0)  # others have their turn while a long log is read
        while options.follow and live is not None:
            last = live.closed
            for block in _joined(_lines(file.fileno(), None), options.timestamps):
                yield block
            if last:
                return
            if live.path.stat().st_ino != os.fstat(file.fileno()).st_ino:  # rotated
                missed = list(_joined(_lines(file.fileno(), None), options.timestamps))
                file.close()
                file = path.open("rb")
                for block in missed:
                    yield block
            elif not live.closed:
                await live.changed()
    finally:
        file.close()


def _joined(lines: Iterator[bytes] | deque[bytes], timestamps: bool) -> Iterator[bytes]:
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(_text(line, timestamps))
        size += len(line)
        if size > _BLOCK:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _lines(descriptor: int, since: datetime | None) -> Iterator[bytes]:
    """Whole entries from the place where the file stands; entries are written in one piece."""
    rest = b""
    while data := os.read(descriptor, _BLOCK):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if since is None or _time_of(line) >= since:
                yield line + b"\n"


def _entry(now: bytes, stream: str, tag: bytes, text: bytes) -> bytes:
    return b"%s %s %s %s\n" % (now, stream.encode(), tag, text)


def _text(line: bytes, timestamps: bool = False) -> bytes:
    moment, _, tag, text = line.split(b" ", 3)
    if tag == b"P":
        text = text[:-1]
    return moment + b" " + text if timestamps else text


def _time_of(line: bytes) -> datetime:
    moment = line.split(b" ", 1)[0].decode()
    with contextlib.suppress(ValueError):
        return times.parse(moment[:26] + "Z")
    return datetime.now(UTC)


def _nanoseconds() -> bytes:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()
