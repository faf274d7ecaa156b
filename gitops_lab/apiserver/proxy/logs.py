"""pods/log: the node's text, passed on as it comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import httptools

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.proxy.kubelet import NoHost, Place, place_of
from gitops_lab.apiserver.served import Api

_BLOCK = 65536
_CONNECT_SECONDS = 10.0


async def logs(api: Api, call: Call) -> Answer:
    """The log as text; a failure of the node is answered with its own code."""
    try:
        place = place_of(api, call, "containerLogs")
    except NoHost:
        return Answer(204, content_type="text/plain")  # nothing has been logged yet
    conversation = Conversation(api, place)
    code, first = await conversation.open()
    if code != 200:
        text = await conversation.rest(first)
        raise status.StatusError(code, _reason(code), text.strip() or "the node refused")
    return Answer(
        200,
        content_type="text/plain",
        stream=conversation.pieces(first),
        on_leave=conversation.close,
    )


def _reason(code: int) -> str:
    return {400: "BadRequest", 404: "NotFound"}.get(code, "InternalError")


class Conversation:
    """One GET on a node, parsed by httptools."""

    def __init__(self, api: Api, place: Place) -> None:
        self._api = api
        self._place = place
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._head_done = False
        self._done = False
        self._writer: asyncio.StreamWriter | None = None

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._head_done = True

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._done = True

    async def open(self) -> tuple[int, list[bytes]]:
        """Send the request; (status code, what has come of the body). Raises StatusError 503."""
        place = self._place
        try:
            self._reader, writer = await asyncio.wait_for(
                asyncio.open_connection(place.host, place.port, ssl=self._api.trust.context),
                _CONNECT_SECONDS,
            )
            self._writer = writer
            writer.write(self._request())
            while not self._head_done:
                if not await self._feed():
                    raise OSError("the node closed the connection")
        except (OSError, TimeoutError, httptools.HttpParserError) as error:
            self.close()
            raise status.unavailable(
                f"the node at {place.host}:{place.port} can't be reached: {error}"
            ) from None
        return self._parser.get_status_code(), self._take()

    def _request(self) -> bytes:
        place = self._place
        return (
            f"GET {place.path} HTTP/1.1\r\nHost: {place.host}:{place.port}\r\n"
            f"Authorization: Bearer {self._api.config.kubelet_token}\r\n"
            "Connection: close\r\n\r\n"
        ).encode("latin-1")

    async def _feed(self) -> bool:
        block = await self._reader.read(_BLOCK)
        if block:
            self._parser.feed_data(block)
        return bool(block)

    def _take(self) -> list[bytes]:
        taken, self._pieces = self._pieces, []
        return taken

    async def pieces(self, first: list[bytes]) -> AsyncGenerator[bytes, None]:
        """The body, piece by piece."""
        try:
            if first:
                yield b"".join(first)
            with suppress(OSError, httptools.HttpParserError):
                while not self._done and await self._feed():
                    if piece := b"".join(self._take()):
                        yield piece
        finally:
            self.close()

    async def rest(self, first: list[bytes]) -> str:
        """The whole body as text."""
        collected = [piece async for piece in self.pieces(first)]
        return b"".join(collected).decode("utf-8", "replace")

    def close(self) -> None:
        """End the connection; whoever waits for the node's next piece sees the end."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
