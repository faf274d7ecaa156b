"""Answers on the wire: one write for small ones, gzip for big ones, chunks for streams."""

import asyncio
import gzip
from collections.abc import Callable

from gitops_lab.apiserver.http.call import Answer
from gitops_lab.asgi.names import Receive, Scope, Send

PUSH = "gitops-lab.push"
"""An ASGI extension of our own; its `push` writes a piece of a stream, or says that it can't now.

What reaches a hundred watchers would otherwise wake a hundred tasks.
"""

_UNCACHED = (b"cache-control", b"no-cache, private")
_ZIPPED = [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
GZIP_FROM = 128 * 1024  # bytes; as kube-apiserver: below it, compression costs more than it saves


async def send_answer(
    scope: Scope, receive: Receive, send: Send, answer: Answer, headers: dict[bytes, bytes]
) -> None:
    """Send an answer; a stream is ended by its source or by the client's leaving."""
    if answer.stream is not None:
        await _send_stream(scope, receive, send, answer)
        return
    body, encoding = _encoded(answer, zips=b"gzip" in headers.get(b"accept-encoding", b""))
    length = (b"content-length", b"%d" % len(body))
    await send(_start(answer, [length, *encoding, *answer.headers]))
    await send({"type": "http.response.body", "body": body})


def _encoded(answer: Answer, *, zips: bool) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    if answer.document is not None:
        if zips:
            return answer.document.zipped, _ZIPPED
        return answer.document.body(), []
    if zips and len(answer.body) >= GZIP_FROM:
        return gzip.compress(answer.body, compresslevel=1), _ZIPPED
    return answer.body, []


async def _send_stream(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    stream = answer.stream
    assert stream is not None
    guard = asyncio.create_task(_until_left(receive, answer.on_leave))
    try:
        await send(_start(answer, answer.headers))
        extension = (scope.get("extensions") or {}).get(PUSH)
        if extension is not None and answer.on_begin is not None:
            answer.on_begin(extension["push"])
        async for piece in stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        guard.cancel()
        await stream.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _until_left(receive: Receive, on_leave: Callable[[], None] | None) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    if on_leave is not None:
        on_leave()


def _start(answer: Answer, headers: list[tuple[bytes, bytes]]) -> dict[str, object]:
    kind = (b"content-type", answer.content_type.encode("latin-1"))
    return {
        "type": "http.response.start",
        "status": answer.code,
        "headers": [kind, *headers] if _says_caching(headers) else [kind, _UNCACHED, *headers],
    }


def _says_caching(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"cache-control" for name, _ in headers)
