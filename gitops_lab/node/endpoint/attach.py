"""WebSocket /attach/NAMESPACE/POD/CONTAINER: the streams of a container's own process."""

import asyncio
import contextlib

from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.node.endpoint.asgi import Refused, Request
from gitops_lab.node.endpoint.channels import (
    RESIZE,
    STDERR,
    STDIN,
    STDOUT,
    Channels,
    resize,
    success,
)
from gitops_lab.node.pods.container import Container
from gitops_lab.node.pods.pipes import write_all
from gitops_lab.node.pods.run import Run

_CHANNELS = {"stdout": STDOUT, "stderr": STDERR}
_WAITING = 256


async def attach(
    scope: Scope, request: Request, container: Container, receive: Receive, send: Send
) -> None:
    """Show what the process writes from now on, and give it what the client types."""
    run, log = container.current, container.log
    if run is None or log is None:
        raise Refused(400, f"container {request.container} not found or not running")
    channels = await Channels.accept(scope, receive, send)
    written: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(_WAITING)

    def listen(stream: str, data: bytes) -> None:
        # A client that can't keep up misses output: the process must not wait for it.
        with contextlib.suppress(asyncio.QueueFull):
            written.put_nowait((stream, data))

    log.listeners.add(listen)
    try:
        await _converse(channels, run, written)
    finally:
        log.listeners.discard(listen)
    await channels.finish(success())


async def _converse(
    channels: Channels, run: Run, written: "asyncio.Queue[tuple[str, bytes]]"
) -> None:
    tasks = {
        asyncio.create_task(_show(channels, written)),
        asyncio.create_task(_feed(channels, run)),
        asyncio.create_task(_until_exit(run)),
    }
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while not written.empty():
        stream, data = written.get_nowait()
        await channels.send(_CHANNELS[stream], data)


async def _show(channels: Channels, written: "asyncio.Queue[tuple[str, bytes]]") -> None:
    while True:
        stream, data = await written.get()
        await channels.send(_CHANNELS[stream], data)


async def _feed(channels: Channels, run: Run) -> None:
    while (message := await channels.receive()) is not None:
        channel, data = message
        if run.stdin is None:
            continue
        if channel == STDIN:
            with contextlib.suppress(OSError):
                await write_all(run.stdin, data)
        elif channel == RESIZE and run.spec.get("tty"):
            resize(run.stdin, data)


async def _until_exit(run: Run) -> None:
    await run.process.wait()
