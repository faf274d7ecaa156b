"""A server that listens on loopback, in a thread of its own."""

import logging
import socket
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitops_lab.asgi.threaded import ReadyServer

log = logging.getLogger(__name__)
_START_SECONDS = 15
_STOP_SECONDS = 10


class Listening:
    """Serves an application between `start` and `stop`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._server: ReadyServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: Any, listeners: Sequence[socket.socket]) -> bool:
        """Whether it serves; returns when it is known."""
        from gitops_lab.asgi.threaded import ReadyServer  # late: it takes 0.1 s

        self._server = ReadyServer(app)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": listeners}, name=self._name, daemon=True
        )
        self._thread.start()
        return self._server.ready.wait(_START_SECONDS) and self._server.started

    @property
    def loop(self) -> Any:
        """The event loop that serves; None before the start."""
        return self._server.running if self._server else None

    def stop(self) -> bool:
        """Stop listening and end what is running; False when nothing was started."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return False
        server.end()
        thread.join(_STOP_SECONDS)
        self._server = self._thread = None
        return True


def listener(address: str, port: int) -> socket.socket:
    """Bound and listening; port 0 takes a free one. Raises OSError."""
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def further(addresses: Iterable[str], port: int) -> list[socket.socket]:
    """Listeners on more addresses; where one can't be had, the server goes without."""
    listeners = []
    for address in addresses:
        try:
            listeners.append(listener(address, port))
        except OSError as error:
            log.warning("not listening on %s:%d: %s", address, port, error.strerror)
    return listeners
