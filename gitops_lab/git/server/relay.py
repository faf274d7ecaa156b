"""Carrying a request's body to the backend and its answer back, a piece at a time.

Memory stays bounded: each side is only read as fast as the other takes it.
"""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_CHUNK = 64 * 1024


class ClientGone(Exception):
    """The client closed the connection."""


class BodyTooLarge(Exception):
    """The body has more bytes than we take."""


class BackendFailed(Exception):
    """The backend ended without an answer."""


class Relay:
    """One request. `finish` is called when the backend has ended, before the answer ends."""

    def __init__(
        self,
        process: Process,
        receive: Receive,
        send: Send,
        *,
        limit: int,
        finish: Callable[[], None],
    ) -> None:
        self._process = process
        self._receive = receive
        self._send = send
        self._limit = limit
        self._finish = finish
        self.answered = False

    async def run(self) -> None:
        """Until the answer is complete. Raises BodyTooLarge, ClientGone and BackendFailed."""
        feeding = asyncio.create_task(self._feed())
        answering = asyncio.create_task(self._answer())
        try:
            await asyncio.wait({feeding, answering}, return_when=asyncio.FIRST_COMPLETED)
            await (answering if answering.done() else feeding)
        finally:
            for task in (feeding, answering):
                task.cancel()
            await asyncio.gather(feeding, answering, return_exceptions=True)

    async def _feed(self) -> None:
        """Pass the body on, then wait for the client to leave; ends by an exception only."""
        taken, more = 0, True
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body: bytes = message.get("body", b"")
            taken += len(body)
            if taken > self._limit:
                raise BodyTooLarge
            if more:
                await self._write(body)
                more = message.get("more_body", False)
                if not more:
                    self._close_input()

    async def _write(self, body: bytes) -> None:
        """A backend that has seen enough closes its input; the rest of the body is dropped."""
        pipe = self._process.stdin
        if not body or pipe is None or pipe.is_closing():
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            pipe.write(body)
            await pipe.drain()

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _answer(self) -> None:
        """The status waits for the first bytes of the body, so that 413 can still be said."""
        output = self._process.stdout
        if output is None:
            raise BackendFailed
        status, headers = await _head(output)
        chunk = await output.read(_CHUNK)
        self.answered = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        while chunk:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await output.read(_CHUNK)
        self._finish()
        await self._send({"type": "http.response.body", "body": b""})


async def _head(output: asyncio.StreamReader) -> tuple[int, list[tuple[bytes, bytes]]]:
    status, headers = 200, []
    while line := (await output.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.lower(), value.strip()))
    if not headers:
        raise BackendFailed
    return status, headers
