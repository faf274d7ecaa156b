"""uvicorn in a thread."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn


class ReadyServer(uvicorn.Server):
    """uvicorn that says when it is ready.

    The loop is asyncio's own: it starts processes by vfork, where uvloop forks, which takes
    some 20 ms in a process of 150 MB.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                loop="asyncio",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self.ready = threading.Event()
        self._ending = asyncio.Event()
        self.running: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Stop listening; for other threads."""
        if self.running is not None:
            self.running.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Wait for the end; uvicorn's own looks ten times a second."""
        await self._ending.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when it is done, or has failed."""
        self.running = asyncio.get_running_loop()
        try:
            await super().startup(sockets=sockets)
        finally:
            self.ready.set()
