"""Stands in for a node's endpoint: a log of two lines, and a WebSocket that echoes."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

KUBELET_TOKEN = "kubelet-token"


@dataclass
class FakeNode:
    port: int = 0
    paths: list[str] = field(default_factory=list)
    received: list[bytes | str] = field(default_factory=list)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if request.headers.get("Authorization") != f"Bearer {KUBELET_TOKEN}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you\n")
        if request.path.startswith("/containerLogs/"):
            return self.logs(request.path)
        return None

    def logs(self, path: str) -> Response:
        if "previous=true" in path:
            text = b"previous terminated container not found\n"
            return Response(400, "Bad Request", Headers({"Content-Length": str(len(text))}), text)
        text = b"one\ntwo\n"
        return Response(200, "OK", Headers({"Content-Length": str(len(text))}), text)

    async def echo(self, connection: ServerConnection) -> None:
        async for message in connection:
            self.received.append(message)
            if message == b"\x00bye":
                await connection.send(b'\x03{"status":"Success"}')
                return
            await connection.send(message)


@contextmanager
def fake_node(folder: Path) -> Iterator[FakeNode]:
    node = FakeNode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    started, loop = threading.Event(), asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def run() -> None:
        async with serve(
            node.echo,
            "127.0.0.1",
            0,
            ssl=context,
            subprotocols=["v5.channel.k8s.io"],  # type: ignore[list-item]
            process_request=node.answer,
            compression=None,
            max_size=None,
        ) as server:
            node.port = next(iter(server.sockets)).getsockname()[1]
            started.set()
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield node
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
        loop.close()
