"""Two connections made one: bytes, ends and back-pressure pass both ways."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import cast

_TRIES = 3
_BETWEEN_SECONDS = 0.03
_CONNECT_SECONDS = 5.0

Address = tuple[str, int]
Choose = Callable[[], list[Address]]


class Side(asyncio.Protocol):
    """One of the two connections."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.peer: Side | None = None
        self.ended = False  # it sends no more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        # uvloop's transports are no subclass of asyncio's, though they do all that one does.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self.peer is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        """Called by the event loop; True keeps the other direction open."""
        self.ended = True
        if self.peer is not None:
            self.peer.end()
        return True

    def end(self) -> None:
        """The peer sends no more: pass that on, and close when neither does."""
        with contextlib.suppress(OSError, RuntimeError):
            self.transport.write_eof()
        if self.ended and self.peer is not None:
            self.transport.close()
            self.peer.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        if self.peer is not None:
            if error is None:
                self.peer.transport.close()
            else:
                self.peer.transport.abort()

    def pause_writing(self) -> None:
        """Called by the event loop when the one who reads here is slow."""
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        """Called by the event loop."""
        if self.peer is not None:
            self.peer.transport.resume_reading()


class Inbound(Side):
    """A client's connection: joined to the first backend that takes it, else reset."""

    def __init__(self, choose: Choose, keep: Callable[["asyncio.Task[None]"], None]) -> None:
        super().__init__()
        self._choose, self._keep = choose, keep
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        super().connection_made(transport)
        self._keep(asyncio.create_task(self._join()))

    def data_received(self, data: bytes) -> None:
        """Called by the event loop; what comes before there is a backend is kept."""
        if self.peer is not None:
            self.peer.transport.write(data)
        else:
            self._early += data
            self.transport.pause_reading()

    async def _join(self) -> None:
        outbound = await first_answering(self._choose, connect)
        if outbound is None or self.transport.is_closing():
            self.transport.abort()
            if outbound is not None:
                outbound.transport.abort()
            return
        self.peer, outbound.peer = outbound, self
        if self._early:
            outbound.transport.write(self._early)
            self._early = b""
            self.transport.resume_reading()
        if self.ended:
            outbound.end()


async def first_answering(
    choose: Choose, reach: Callable[[Address], Awaitable[Side]]
) -> Side | None:
    """A connection to the first address that takes one. None when there is none to try.

    Addresses are asked for anew when all refused: one may just have come or gone.
    """
    for attempt in range(_TRIES):
        addresses = choose()
        if not addresses:
            return None
        for address in addresses:
            with contextlib.suppress(OSError, TimeoutError):
                return await reach(address)
        if attempt < _TRIES - 1:
            await asyncio.sleep(_BETWEEN_SECONDS)
    return None


async def connect(address: Address) -> Side:
    """A connection to an address. Raises OSError or TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_CONNECT_SECONDS):
        _, side = await loop.create_connection(Side, *address)
    return side
