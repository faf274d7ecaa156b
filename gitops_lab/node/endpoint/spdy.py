"""SPDY/3.1 framing, as much as port-forward over a WebSocket needs. Pure: bytes in and out.

Facts from the SPDY/3.1 draft; clients send SYN_STREAM, RST_STREAM, PING, GOAWAY and data.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FLAG_FIN = 1
DATA = 0
_CONTROL = 0x80000000
_VERSION = 0x8003
_MAX_FRAME = 1 << 20
_MAX_HEADERS = 1 << 16

_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language "
    "accept-ranges age allow authorization cache-control connection content-base content-encoding "
    "content-language content-length content-location content-md5 content-range content-type date "
    "etag expect expires from host if-match if-modified-since if-none-match if-range "
    "if-unmodified-since last-modified location max-forwards pragma proxy-authenticate "
    "proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
_TAIL = (
    "1001012012022052063003023033043053063074024054064074084094104114124134144154164175025045052"
    "03 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 "
    "Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 "
    "Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, "
    "Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,"
    "application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
    "charset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _dictionary() -> bytes:
    """What both sides' compression begins with: words with their length, then plain text."""
    words = [
        *_WORDS.split(),
        "200 OK",
        "version",
        "HTTP/1.1",
        "url",
        "public",
        "set-cookie",
        "keep-alive",
    ]
    words.append("origin")
    prefixed = (struct.pack("!I", len(word)) + word.encode() for word in words)
    return b"".join(prefixed) + _TAIL.encode()


DICTIONARY = _dictionary()


class ProtocolError(Exception):
    """The peer sent what is not SPDY, or more than is taken."""


@dataclass(frozen=True)
class Frame:
    """A received frame. `kind` is DATA or a control type; `stream` of a PING is its number."""

    kind: int
    stream: int
    flags: int = 0
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Reader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now. Raises ProtocolError."""
        self._buffer += data
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from("!II", self._buffer)
            length = second & 0xFFFFFF
            if length > _MAX_FRAME:
                raise ProtocolError(f"a frame of {length} bytes")
            if len(self._buffer) < 8 + length:
                return
            body = bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            yield self._frame(first, second >> 24, body)

    def _frame(self, first: int, flags: int, body: bytes) -> Frame:
        if not first & _CONTROL:
            return Frame(DATA, first, flags, body)
        if first >> 16 != _VERSION:
            raise ProtocolError("not SPDY/3")
        kind = first & 0xFFFF
        if len(body) < 4:
            raise ProtocolError("a control frame is too short")
        stream = int.from_bytes(body[:4], "big")
        if kind == SYN_STREAM:
            return Frame(kind, stream & 0x7FFFFFFF, flags, headers=self._headers(body[10:]))
        return Frame(kind, stream, flags, body[4:])

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._inflate.decompress(block, _MAX_HEADERS)
            count, place = struct.unpack_from("!I", plain)[0], 4
            headers: dict[str, str] = {}
            for _ in range(min(count, 256)):
                name, place = _text(plain, place)
                headers[name], place = _text(plain, place)
        except (zlib.error, struct.error) as error:
            raise ProtocolError(f"headers can't be read: {error}") from error
        return headers


class Writer:
    """Makes frames."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def reply(self, stream: int) -> bytes:
        """Accept a stream."""
        block = self._deflate.compress(struct.pack("!I", 0))
        block += self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack("!I", stream) + block)

    def open(self, stream: int, headers: dict[str, str]) -> bytes:
        """Open a stream, as a client does."""
        plain = struct.pack("!I", len(headers))
        for text in (text for pair in headers.items() for text in pair):
            plain += struct.pack("!I", len(text)) + text.encode()
        block = self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_STREAM, struct.pack("!IIBB", stream, 0, 0, 0) + block)

    @staticmethod
    def data(stream: int, data: bytes, *, fin: bool = False) -> bytes:
        """Data of a stream; `fin` says that no more comes."""
        return struct.pack("!II", stream, (FLAG_FIN if fin else 0) << 24 | len(data)) + data

    @staticmethod
    def ping(number: int) -> bytes:
        """Answer a ping by the same number."""
        return _control(PING, struct.pack("!I", number))


def _control(kind: int, body: bytes) -> bytes:
    return struct.pack("!HHI", _VERSION, kind, len(body)) + body


def _text(plain: bytes, place: int) -> tuple[str, int]:
    length = struct.unpack_from("!I", plain, place)[0]
    end = place + 4 + length
    if end > len(plain):
        raise ProtocolError("headers are cut off")
    return plain[place + 4 : end].decode("latin-1"), end
