"""HTTP from this machine alone: no other is reached, and nothing is read beyond its limit."""

import http.client
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

    Follows no redirect. Raises OSError or http.client.HTTPException where there is no answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
    try:
        connection.request("GET", parts.path or "/", headers={"Accept": "*/*"})
        answer = connection.getresponse()
        content = answer.read(most + 1)
    finally:
        connection.close()
    return Answer(answer.status, answer.reason, content[:most], len(content) > most)
