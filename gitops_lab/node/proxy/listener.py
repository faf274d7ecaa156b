"""A listening port of a Service. Connections that are under way outlive it."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from gitops_lab.node.proxy.splice import Choose, Inbound

_BACKLOG = 1024
Keep = Callable[["asyncio.Task[None]"], None]


class Listener:
    """Listens as soon as it is made, so that the kernel queues what comes before `serve`."""

    def __init__(self, address: str, port: int) -> None:
        """Raises OSError when that can't be listened on; port 0 takes a free one."""
        self._socket = socket.socket()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((address, port))
            self._socket.listen(_BACKLOG)
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def serve(self, choose: Choose) -> None:
        """Begin to forward to the addresses that `choose` gives, in their order."""
        self.serve_by(lambda keep: Inbound(choose, keep))

    def serve_by(self, make: Callable[[Keep], asyncio.Protocol]) -> None:
        """Begin to hand each connection to a protocol; it gets what keeps its tasks alive."""
        self._keep(asyncio.create_task(self._serve(make)))

    def close(self) -> None:
        """Take no more connections."""
        self._closed = True
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(OSError):
            self._socket.close()

    async def _serve(self, make: Callable[[Keep], asyncio.Protocol]) -> None:
        loop = asyncio.get_running_loop()
        if self._closed:
            return
        self._server = await loop.create_server(
            lambda: make(self._keep), sock=self._socket, backlog=_BACKLOG
        )
        if self._closed:
            self._server.close()

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
