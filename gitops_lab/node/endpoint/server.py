"""Listens on loopback inside the node's event loop."""

import contextlib
import socket

from uvicorn import Config, Server

from gitops_lab.asgi.websocket import KubernetesWebSocket
from gitops_lab.node.endpoint.app import EndpointApp
from gitops_lab.node.machine import Machine
from gitops_lab.node.pods.manager import PodManager

_MAX_MESSAGE = 16 * 1024 * 1024


class Endpoint:
    """Up between `start` and `stop`."""

    def __init__(self, machine: Machine, pods: PodManager) -> None:
        config = machine.config
        self._host = config.kubelet_host
        self._server = Server(
            Config(
                EndpointApp(machine, pods),
                loop="none",
                http="httptools",
                ws=KubernetesWebSocket,
                ws_max_size=_MAX_MESSAGE,
                ws_per_message_deflate=False,
                ws_ping_interval=None,
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
                ssl_certfile=str(config.cert_file),
                ssl_keyfile=str(config.key_file),
            )
        )
        self._socket: socket.socket | None = None
        self.port = 0

    async def start(self) -> None:
        """Bind and accept; then `port` is known. Raises OSError."""
        # Not Server.serve(): that one wakes up ten times a second.
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        self._socket = socket.create_server((self._host, 0), backlog=128)
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])
        await self._server.startup(sockets=[self._socket])

    async def stop(self) -> None:
        """Close all connections."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                await self._server.shutdown(sockets=[self._socket])
