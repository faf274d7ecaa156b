"""The head of an HTTP/1 request: read, and written again for the Service behind."""

from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_BYTES = 64 * 1024
_END = b"\r\n\r\n"
_OURS = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip")


class BadHead(Exception):
    """What came is no HTTP request."""


@dataclass(frozen=True)
class Head:
    """A request line and headers, names in lower case."""

    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @property
    def host(self) -> str:
        """The host that was asked for, without its port, in lower case."""
        values = [value for name, value in self.headers if name == b"host"]
        host = values[0].decode("latin-1").strip().lower() if values else ""
        return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host

    @property
    def path(self) -> str:
        """The path without its query."""
        target = self.line.split(b" ")[1].decode("latin-1")
        return urlsplit(target).path or "/"

    def forwarded(self, client: str) -> bytes:
        """The head for the Service: of one request alone, since the next may go elsewhere."""
        upgrade = any(name == b"upgrade" for name, _ in self.headers)
        dropped = _OURS if upgrade else (*_OURS, b"connection", b"keep-alive")
        kept = [(name, value) for name, value in self.headers if name not in dropped]
        kept += [
            (b"x-forwarded-for", client.encode()),
            (b"x-forwarded-host", self.host.encode("latin-1")),
            (b"x-forwarded-proto", b"http"),
            (b"x-real-ip", client.encode()),
        ]
        if not upgrade:
            kept.append((b"connection", b"close"))
        lines = [self.line, *(name + b": " + value for name, value in kept)]
        return b"\r\n".join(lines) + _END


def read_head(data: bytes) -> tuple[Head, bytes] | None:
    """The head and what came after it; None when it is not whole yet. Raises BadHead."""
    text, end, rest = data.partition(_END)
    if not end:
        if len(data) > MAX_BYTES:
            raise BadHead("the head of the request is too large")
        return None
    line, *lines = text.split(b"\r\n")
    if len(line.split(b" ")) != 3 or not line.endswith((b"HTTP/1.1", b"HTTP/1.0")):
        raise BadHead("this is no HTTP/1 request")
    headers = []
    for each in lines:
        name, colon, value = each.partition(b":")
        if not colon or name != name.strip():
            raise BadHead("a header has no name")
        headers.append((name.lower(), value.strip()))
    return Head(line, tuple(headers)), rest
