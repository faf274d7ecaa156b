"""A client's HTTP connection: its request decides where it goes."""

import asyncio
from collections.abc import Callable

from gitops_lab.node.ingress.head import BadHead, Head, read_head
from gitops_lab.node.proxy.splice import Choose, Side, connect, first_answering

_WORDS = {400: "Bad Request", 404: "Not Found", 503: "Service Unavailable"}


class Refused(Exception):
    """No Service takes the request; an HTTP code and a sentence."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


Find = Callable[[Head], Choose]


class Asking(Side):
    """One request; the connection ends with its answer."""

    def __init__(self, find: Find, keep: Callable[["asyncio.Task[None]"], None]) -> None:
        super().__init__()
        self._find, self._keep = find, keep
        self._early = b""
        self._routed = False

    def data_received(self, data: bytes) -> None:
        """Called by the event loop; what comes before there is a backend is kept."""
        if self.peer is not None:
            self.peer.transport.write(data)
            return
        self._early += data
        if self._routed:
            self.transport.pause_reading()
            return
        try:
            found = read_head(self._early)
            if found is not None:
                self._route(*found)
        except BadHead as error:
            self._answer(400, str(error))
        except Refused as error:
            self._answer(error.code, str(error))

    def _route(self, head: Head, rest: bytes) -> None:
        """Raises Refused."""
        choose = self._find(head)
        self._routed = True
        client = self.transport.get_extra_info("peername")[0]
        self._early = head.forwarded(client) + rest
        self._keep(asyncio.create_task(self._join(choose)))

    async def _join(self, choose: Choose) -> None:
        outbound = await first_answering(choose, connect)
        if self.transport.is_closing():
            if outbound is not None:
                outbound.transport.abort()
            return
        if outbound is None:
            self._answer(503, "the Service of this path has no endpoint that is ready")
            return
        self.peer, outbound.peer = outbound, self
        outbound.transport.write(self._early)
        self._early = b""
        self.transport.resume_reading()
        if self.ended:
            outbound.end()

    def _answer(self, code: int, why: str) -> None:
        body = f"{why}\n".encode()
        head = f"HTTP/1.1 {code} {_WORDS[code]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.transport.write(head.encode() + body)
        self.transport.close()
