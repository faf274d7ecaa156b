"""Reading a body within limits of size and time."""

import asyncio

from gitops_lab.apiserver import status
from gitops_lab.asgi.names import Message, Receive

MAX_BODY = 3 * 1024 * 1024
BODY_SECONDS = 60.0


class Disconnected(Exception):
    """The client left before its request was complete."""


async def read_body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    """The whole body. Raises StatusError 413 or 408, or Disconnected."""
    length = headers.get(b"content-length")
    if length is None and b"transfer-encoding" not in headers:
        return b""
    if length is not None and length.isdigit() and int(length) > MAX_BODY:
        raise status.too_large(MAX_BODY)
    message = await receive()
    if not message.get("more_body"):
        return _checked(message)
    try:
        return await asyncio.wait_for(_rest(receive, message), BODY_SECONDS)
    except TimeoutError:
        raise status.StatusError(
            408, "Timeout", "the request's body did not arrive in time"
        ) from None


async def _rest(receive: Receive, message: Message) -> bytes:
    body = bytearray(_checked(message))
    while message.get("more_body"):
        message = await receive()
        body += _checked(message)
        if len(body) > MAX_BODY:
            raise status.too_large(MAX_BODY)
    return bytes(body)


def _checked(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if len(body) > MAX_BODY:
        raise status.too_large(MAX_BODY)
    return body
