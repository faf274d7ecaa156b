"""WebSockets as Kubernetes' clients open them.

kubectl offers the subprotocol `SPDY/3.1+portforward.k8s.io`. A slash may not stand in a
subprotocol, and the library refuses such a handshake; here the application alone chooses.
"""

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol


class _AnySubprotocol(ServerProtocol):
    """Leaves the choice, and the reading of what is offered, to the application."""

    def process_subprotocol(self, headers: Headers) -> Subprotocol | None:
        """None: the application's answer names it."""
        return None


class KubernetesWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with that handshake."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = _AnySubprotocol(
            max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error")
        )

    async def send(self, message: Any) -> None:
        """Send, and take a refusal that is out for a handshake that is over.

        uvicorn would log each one as an application that forgot to answer.
        """
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True
