"""The registry's server: on loopback, in a thread of its own."""

import logging
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitops_lab.registry.app import RegistryApp
from gitops_lab.registry.errors import RegistryError
from gitops_lab.registry.store import RegistryStore

if TYPE_CHECKING:
    from gitops_lab.asgi.threaded import ReadyServer

log = logging.getLogger(__name__)
_START_SECONDS = 15
_STOP_SECONDS = 10


class RegistryServer:
    """Serves a store to user `learner` with the workspace's token.

    `port` is last time's, or 0; when somebody else has it, a free one is taken. It is known after
    `start`. `also` are further addresses at the same port; where one can't be had, it goes without.
    """

    def __init__(
        self,
        store: RegistryStore,
        token: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        also: Sequence[str] = (),
    ) -> None:
        self.store = store
        self.host = host
        self.port = port
        self._also = tuple(also)
        self._token = token
        self._server: ReadyServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, as it stands before an image's name."""
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        """Listen; returns when requests are answered. Raises RegistryError."""
        try:
            listeners = [_listener(self.host, self.port)]
        except OSError:
            if not self.port:
                raise
            log.warning("port %d is taken; the registry moves to another", self.port)
            listeners = [_listener(self.host, 0)]
        self.port = listeners[0].getsockname()[1]
        for address in self._also:
            try:
                listeners.append(_listener(address, self.port))
            except OSError as error:
                log.warning("not listening on %s:%d: %s", address, self.port, error.strerror)
        from gitops_lab.asgi.threaded import ReadyServer  # late: it takes 0.1 s

        self._server = ReadyServer(RegistryApp(self.store, self._token))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": listeners}, name="registry", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            raise RegistryError("the registry did not start.", hint="See the workspace's logs.")

    def stop(self) -> None:
        """Stop listening, and end what is running."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        server.end()
        thread.join(_STOP_SECONDS)
        self._server = self._thread = None


def _listener(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
