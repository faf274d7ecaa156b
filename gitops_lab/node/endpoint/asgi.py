"""A refusal, and what a request's path and query say."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from gitops_lab.asgi.names import Scope, Send


class Refused(Exception):
    """A request that is answered with an HTTP code and a line of text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    """What is asked of which pod; `container` is "" for port-forward."""

    action: str
    namespace: str
    pod: str
    container: str
    query: dict[str, list[str]]

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """Read a scope. Raises Refused 404 for a path that is none of ours."""
        parts = scope["path"].strip("/").split("/")
        if len(parts) not in (3, 4):
            raise Refused(404, "no such path")
        query = parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True)
        action, namespace, pod, container = [*parts, ""][:4]
        return cls(action, namespace, pod, container, query)

    def flag(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.query.get(name, [""])[-1].lower() in ("true", "1")

    def text(self, name: str) -> str:
        """A single value, "" when there is none."""
        return self.query.get(name, [""])[-1]

    def number(self, name: str) -> int | None:
        """A single number. Raises Refused 400 when it is none."""
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError:
            raise Refused(400, f"{name}: not a number: {text}") from None


async def refuse(scope: Scope, send: Send, refused: Refused) -> None:
    """Answer with the code and the text, whatever kind of request it is."""
    kind = "websocket.http" if scope["type"] == "websocket" else "http"
    body = f"{refused}\n".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": f"{kind}.response.start", "status": refused.code, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body})
