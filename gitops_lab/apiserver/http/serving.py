"""uvicorn under the API: TLS, caps on headers, no timers while nothing happens."""

import asyncio
import socket
from functools import partial
from pathlib import Path
from typing import Any

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gitops_lab.apiserver.http.sending import PUSH
from gitops_lab.asgi.websocket import KubernetesWebSocket

MAX_HEADER_BYTES = 64 * 1024
HEADER_SECONDS = 30.0
GRACE_SECONDS = 2.0
FAREWELL_SECONDS = 1.0


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Ends it when a request's head is too long or too slow to arrive."""

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEADER_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._disarm()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Give each head of a kept-alive connection its own budget."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def on_url(self, url: bytes) -> None:
        """Count, then keep."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count, then keep."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here: go on."""
        self._disarm()
        super().on_headers_complete()
        self.scope["extensions"] = {PUSH: {"push": partial(_push, self.cycle)}}

    def send_400_response(self, msg: str) -> None:
        """Answer, and cut the connection soon, even when the client goes on sending."""
        super().send_400_response(msg)
        self.loop.call_later(FAREWELL_SECONDS, self.transport.abort)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEADER_BYTES:
            # Raised through the parser, which makes it a 400 and closes the connection.
            raise ValueError("request header fields too large")

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _push(cycle: RequestResponseCycle, piece: bytes) -> bool:
    """Write a chunk of an answer that has begun; False when the connection can't take it now."""
    if cycle.flow.write_paused or not cycle.chunked_encoding or cycle.response_complete:
        return False
    if cycle.disconnected or cycle.transport.is_closing():
        return False
    cycle.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    return True


class QuietServer(Server):
    """A uvicorn server inside a running loop: no signal handlers, no ten ticks a second."""

    _socket: socket.socket | None

    async def begin(self) -> int:
        """Bind and accept; returns the port. Raises OSError when the address is taken."""
        self.servers, self._socket = [], None  # `end` may be called though this fails
        config = self.config
        config.load()
        self.lifespan = config.lifespan_class(config)
        sock = _listening(config.host, config.port)
        await self.startup(sockets=[sock])
        self._socket = sock
        return int(sock.getsockname()[1])

    async def end(self) -> None:
        """Stop accepting, give running requests a moment, close.

        A client that keeps an idle connection does not answer TLS's farewell, so after that
        moment connections are cut.
        """
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(set(state.tasks), timeout=GRACE_SECONDS)
        for task in set(state.tasks):
            task.cancel()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        if self._socket is not None:
            self._socket.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Accepted connections inherit it: an answer must not wait for the client's delayed ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def make_server(app: Any, host: str, port: int, certificate: tuple[Path, Path]) -> QuietServer:
    """A server for an ASGI app; `certificate` is (certificate file, key file)."""
    config = Config(
        app,
        host=host,
        port=port,
        loop="none",
        http=GuardedProtocol,
        ws=KubernetesWebSocket,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=90,
        timeout_graceful_shutdown=2,
        backlog=1024,
        ssl_certfile=str(certificate[0]),
        ssl_keyfile=str(certificate[1]),
    )
    return QuietServer(config)
