"""WebSocket /portForward/NAMESPACE/POD: TCP connections to a pod's ports, both ways there are.

kubectl tunnels SPDY/3.1 through binary messages, with a pair of streams for each connection;
older clients name the ports in the query and get a pair of channels for each.
"""

import asyncio
import contextlib
import struct

from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.node.addresses import PodPlace
from gitops_lab.node.endpoint.asgi import Refused, Request
from gitops_lab.node.endpoint.channels import Channels
from gitops_lab.node.endpoint.spdy import (
    DATA,
    FLAG_FIN,
    GOAWAY,
    PING,
    RST_STREAM,
    SYN_STREAM,
    Frame,
    ProtocolError,
    Reader,
    Writer,
)

# kubectl's name, and one that a WebSocket library lets a proxy ask for (no slash).
_TUNNELS = ("SPDY/3.1+portforward.k8s.io", "SPDY-3.1+portforward.k8s.io")
_CHANNELS = "v4.channel.k8s.io"
_BLOCK = 32 * 1024
_MAX_WAITING = 4 * 1024 * 1024


async def port_forward(
    scope: Scope, request: Request, place: PodPlace, receive: Receive, send: Send
) -> None:
    """Serve one WebSocket until the client leaves."""
    offered = scope.get("subprotocols") or []
    if tunnel := next((name for name in _TUNNELS if name in offered), None):
        await receive()
        await send({"type": "websocket.accept", "subprotocol": tunnel})
        await _Tunnel(place, receive, send).serve()
        return
    ports = [_port(text) for value in request.query.get("ports", []) for text in value.split(",")]
    if not ports:
        raise Refused(400, "you must specify at least 1 port")
    channels = await Channels.accept(scope, receive, send, (_CHANNELS,))
    await _serve_channels(channels, ports, place)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Refused(400, f'unable to parse "{text}" as a port')
    return int(text)


class _Pair:
    """The two streams of one connection, and the connection."""

    def __init__(self) -> None:
        self.error = 0
        self.data = 0
        self.port = 0
        self.writer: asyncio.StreamWriter | None = None
        self.early = bytearray()
        self.ended = False


class _Tunnel:
    """SPDY over one WebSocket."""

    def __init__(self, place: PodPlace, receive: Receive, send: Send) -> None:
        self._place, self._receive, self._send = place, receive, send
        self._reader, self._writer = Reader(), Writer()
        self._pairs: dict[str, _Pair] = {}  # by request id, until both streams are there
        self._by_stream: dict[int, _Pair] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Read frames until the client leaves or breaks the protocol."""
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                for frame in self._reader.feed(message.get("bytes") or b""):
                    if frame.kind == GOAWAY:
                        return
                    await self._take(frame)
        except ProtocolError:
            with contextlib.suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": 1002})
        finally:
            for task in self._tasks:
                task.cancel()

    async def _take(self, frame: Frame) -> None:
        if frame.kind == DATA:
            await self._take_data(frame)
        elif frame.kind == SYN_STREAM:
            await self._open(frame)
        elif frame.kind == PING:
            await self._write(self._writer.ping(frame.stream))
        elif frame.kind == RST_STREAM:
            self._reset(frame.stream)

    async def _open(self, frame: Frame) -> None:
        headers = frame.headers
        pair = self._pairs.setdefault(headers.get("requestid", ""), _Pair())
        self._by_stream[frame.stream] = pair
        if headers.get("streamtype") == "error":
            pair.error = frame.stream
        else:
            pair.data = frame.stream
            pair.port = int(headers.get("port", "0") or 0)
        await self._write(self._writer.reply(frame.stream))
        if pair.error and pair.data:
            self._pairs.pop(headers.get("requestid", ""), None)
            task = asyncio.create_task(self._connect(pair))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self, pair: _Pair) -> None:
        host, port = self._place.real(pair.port)
        try:
            reader, pair.writer = await asyncio.open_connection(host, port)
            await self._flush_early(pair)
            while data := await reader.read(_BLOCK):
                await self._write(self._writer.data(pair.data, data))
        except OSError as error:
            message = (
                f"failed to connect to {host}:{port} of the pod: dial tcp {host}:{port}: "
                f"connect: {error.strerror or error}".lower()
            )
            await self._write(self._writer.data(pair.error, message.encode()))
        finally:
            self._forget(pair)
        await self._write(self._writer.data(pair.data, b"", fin=True))
        await self._write(self._writer.data(pair.error, b"", fin=True))

    async def _flush_early(self, pair: _Pair) -> None:
        assert pair.writer is not None
        if pair.early:
            pair.writer.write(bytes(pair.early))
            pair.early.clear()
        if pair.ended:
            pair.writer.write_eof()

    async def _take_data(self, frame: Frame) -> None:
        pair = self._by_stream.get(frame.stream)
        if pair is None or frame.stream != pair.data:
            return
        if pair.writer is None:
            pair.early += frame.data
            pair.ended = bool(frame.flags & FLAG_FIN)
            return
        with contextlib.suppress(OSError, RuntimeError):
            pair.writer.write(frame.data)
            if frame.flags & FLAG_FIN:
                pair.writer.write_eof()
            elif pair.writer.transport.get_write_buffer_size() > _MAX_WAITING:
                await pair.writer.drain()

    def _reset(self, stream: int) -> None:
        pair = self._by_stream.get(stream)
        if pair is not None and pair.writer is not None and stream == pair.data:
            pair.writer.transport.abort()

    def _forget(self, pair: _Pair) -> None:
        self._by_stream.pop(pair.data, None)
        self._by_stream.pop(pair.error, None)
        if pair.writer is not None:
            pair.writer.close()

    async def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.send", "bytes": data})


async def _serve_channels(channels: Channels, ports: list[int], place: PodPlace) -> None:
    writers: dict[int, asyncio.StreamWriter] = {}
    tasks: list[asyncio.Task[None]] = []
    for index, port in enumerate(ports):
        for channel in (2 * index, 2 * index + 1):
            await channels.send(channel, struct.pack("<H", port))
        address = place.real(port)
        try:
            reader, writers[2 * index] = await asyncio.open_connection(*address)
            tasks.append(asyncio.create_task(_pass_on(channels, 2 * index, reader)))
        except OSError as error:
            text = f"dial tcp {address[0]}:{address[1]}: connect: {error.strerror}".lower()
            await channels.send(2 * index + 1, text.encode())
    feeding = asyncio.create_task(_feed(channels, writers))
    reading = asyncio.create_task(_all(tasks))
    await asyncio.wait({feeding, reading}, return_when=asyncio.FIRST_COMPLETED)
    for task in (feeding, reading):
        task.cancel()
    for writer in writers.values():
        writer.close()
    await channels.close()


async def _all(tasks: "list[asyncio.Task[None]]") -> None:
    await asyncio.gather(*tasks)


async def _pass_on(channels: Channels, channel: int, reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_BLOCK):
            await channels.send(channel, data)


async def _feed(channels: Channels, writers: dict[int, asyncio.StreamWriter]) -> None:
    while (message := await channels.receive()) is not None:
        channel, data = message
        if writer := writers.get(channel):
            with contextlib.suppress(OSError, RuntimeError):
                writer.write(data)
                await writer.drain()
