"""Reading what a process writes, as it writes it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable

_BLOCK = 65536


def read_pipe(descriptor: int, take: Callable[[bytes], None]) -> "asyncio.Future[None]":
    """Give each block to `take`; the future is done at the end of file. Owns the descriptor."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    os.set_blocking(descriptor, False)

    def read() -> None:
        try:
            data = os.read(descriptor, _BLOCK)
        except BlockingIOError:
            return
        except OSError:  # a pseudo-terminal whose other side is gone
            data = b""
        if data:
            take(data)
            return
        loop.remove_reader(descriptor)
        os.close(descriptor)
        if not done.done():
            done.set_result(None)

    loop.add_reader(descriptor, read)
    return done


async def write_all(descriptor: int, data: bytes) -> None:
    """Write to a descriptor that does not block. Raises OSError when nobody reads any more."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            await _writable(descriptor)


async def blocks(descriptor: int) -> AsyncIterator[bytes]:
    """What comes on a descriptor that does not block, as fast as it is taken."""
    while True:
        try:
            data = os.read(descriptor, _BLOCK)
        except BlockingIOError:
            await _readable(descriptor)
            continue
        except OSError:  # a pseudo-terminal whose other side is gone
            return
        if not data:
            return
        yield data


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(descriptor)


async def _writable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_writer(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_writer(descriptor)
