"""Kubernetes' channels over a WebSocket: the first byte of each message says which it is."""

import contextlib
import fcntl
import json
import struct
import termios

from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.kube.objects import Object
from gitops_lab.node.endpoint.asgi import Refused

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")


class Channels:
    """One accepted WebSocket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._gone = False

    @classmethod
    async def accept(
        cls,
        scope: Scope,
        receive: Receive,
        send: Send,
        protocols: tuple[str, ...] = _PROTOCOLS,
    ) -> "Channels":
        """Choose the first protocol of ours that the client offers. Raises Refused 403."""
        offered = scope.get("subprotocols") or []
        chosen = next((name for name in protocols if name in offered), None)
        if chosen is None:
            raise Refused(403, f"offer one of the subprotocols {', '.join(protocols)}")
        await receive()
        await send({"type": "websocket.accept", "subprotocol": chosen})
        return cls(receive, send)

    async def receive(self) -> tuple[int, bytes] | None:
        """The next message as (channel, data); None when the client is gone."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._gone = True
                return None
            data = message.get("bytes")
            if data:
                return data[0], data[1:]

    async def send(self, channel: int, data: bytes) -> None:
        """Send on a channel, waiting for a slow client; nothing once it is gone."""
        if not self._gone:
            with contextlib.suppress(OSError):
                await self._send({"type": "websocket.send", "bytes": bytes((channel,)) + data})

    async def finish(self, status: Object) -> None:
        """Tell how it ended, and close."""
        await self.send(ERROR, json.dumps(status).encode())
        await self.close()

    async def close(self) -> None:
        """Close normally."""
        if not self._gone:
            self._gone = True
            with contextlib.suppress(OSError, RuntimeError):
                await self._send({"type": "websocket.close", "code": 1000})


def resize(terminal: int, data: bytes) -> None:
    """Set a terminal's size as a message on the resize channel says."""
    with contextlib.suppress(ValueError, KeyError, TypeError, OSError, struct.error):
        size = json.loads(data)
        packed = struct.pack("HHHH", size["Height"], size["Width"], 0, 0)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, packed)


def success() -> Object:
    """The Status of a command that ended with 0."""
    return {"metadata": {}, "status": "Success"}


def exit_status(code: int) -> Object:
    """The Status of a command that ended with that code."""
    if code == 0:
        return success()
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def internal_error(message: str) -> Object:
    """The Status of something that went wrong before there was an exit code."""
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"Internal error occurred: {message}",
        "reason": "InternalError",
        "details": {"causes": [{"message": message}]},
        "code": 500,
    }
