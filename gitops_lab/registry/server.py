"""The registry's server: on loopback, in a thread of its own."""

import logging
from collections.abc import Sequence

from gitops_lab.asgi.listening import Listening, further, listener
from gitops_lab.registry.app import RegistryApp
from gitops_lab.registry.errors import RegistryError
from gitops_lab.registry.store import RegistryStore

log = logging.getLogger(__name__)


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
        self._listening = Listening("registry")

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, as it stands before an image's name."""
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        """Listen; returns when requests are answered. Raises RegistryError."""
        try:
            listeners = [listener(self.host, self.port)]
        except OSError:
            if not self.port:
                raise
            log.warning("port %d is taken; the registry moves to another", self.port)
            listeners = [listener(self.host, 0)]
        self.port = listeners[0].getsockname()[1]
        listeners += further(self._also, self.port)
        if not self._listening.start(RegistryApp(self.store, self._token), listeners):
            raise RegistryError("the registry did not start.", hint="See the workspace's logs.")

    def stop(self) -> None:
        """Stop listening, and end what is running."""
        self._listening.stop()
