"""uvicorn in a thread."""

import socket
import threading

import uvicorn

from gitops_lab.git.server.app import GitApp


class ReadyServer(uvicorn.Server):
    """uvicorn that says when it is ready.

    The loop is asyncio's own: it starts processes by vfork, where uvloop forks, which takes
    some 20 ms in a process of 150 MB.
    """

    def __init__(self, app: GitApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when it is done, or has failed."""
        try:
            await super().startup(sockets=sockets)
        finally:
            self.ready.set()
