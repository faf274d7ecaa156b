"""Lines that are told as they come: one answer that goes on until its reader has gone."""

import asyncio
import contextlib
from collections.abc import Callable

from gitops_lab.git.server.relay import Message, Receive, Send

Subscribe = Callable[[Callable[[str], None]], Callable[[], None]]
"""Called with who takes a line, on any thread; the answer ends it."""
_MOST_WAITING = 2000


async def tell_lines(subscribe: Subscribe, receive: Receive, send: Send) -> None:
    """Send each line as it comes. A reader that falls far behind is let go."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def take(line: str) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(lines.put_nowait, line)

    unsubscribe = subscribe(take)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while lines.qsize() < _MOST_WAITING:
            line = asyncio.ensure_future(lines.get())
            await asyncio.wait({gone, line}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                line.cancel()
                return
            await send(_body(f"{line.result()}\n".encode(), more=True))
        await send(_body(b"", more=False))
    finally:
        unsubscribe()
        gone.cancel()


def _body(content: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
