"""HTTP from this machine alone: no other is reached, and nothing is read beyond its limit."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """An answer whose content ends at the limit, and whether there would have been more."""

    status: int
    reason: str
    content: bytes
    too_large: bool


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine by its own address or name."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_on_this_machine(url: str) -> bool:
    """Whether a URL is one of plain HTTP on loopback."""
    parts = urlsplit(url)
    return parts.scheme == "http" and is_loopback(parts.hostname)


def get(url: str, most: int, seconds: float) -> Answer:
    """The answer to a GET, of at most `most` bytes; ask first whether the URL is on this machine.

    Follows no redirect. Raises OSError or http.client.HTTPException where there is no whole answer
    within so many seconds, however it comes in.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
    try:
        connection.connect()
        with _cut_after(seconds, connection.sock):
            connection.request("GET", parts.path or "/", headers={"Accept": "*/*"})
            answer = connection.getresponse()
            content = answer.read(most + 1)
    finally:
        connection.close()
    return Answer(answer.status, answer.reason, content[:most], len(content) > most)


@contextlib.contextmanager
def _cut_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """End a connection at its time: a limit on each read alone lets a trickle go on for ever."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise _too_slow(seconds) from error
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise _too_slow(seconds)


def _too_slow(seconds: float) -> TimeoutError:
    return TimeoutError(f"no whole answer within {seconds:.0f} s")
