"""The string formats that a custom resource's schema may ask for."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlsplit

_DNS = re.compile(
    r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_UUID = re.compile(
    r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}"
)
_DURATION = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\s*([a-zµμ]+)((\d+(\.\d*)?|\.\d+)\s*[a-zµμ]+)*|0")


def wrong_format(value: str, name: str) -> bool:
    """Whether a text is not of a format; formats that nobody knows are never wrong."""
    check = CHECKS.get(name)
    if check is None:
        return False
    try:
        return not check(value)
    except ValueError:
        return True


def _date_time(value: str) -> bool:
    return "T" in value.upper() and datetime.fromisoformat(value.upper()).tzinfo is not None


def _date(value: str) -> bool:
    return len(value) == 10 and bool(date.fromisoformat(value))


def _byte(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return True


def _uri(value: str) -> bool:
    return bool(value) and bool(urlsplit(value).scheme or value.startswith("/"))


def _address(version: int) -> Callable[[str], bool]:
    return lambda value: ipaddress.ip_address(value).version == version


CHECKS: dict[str, Callable[[str], bool]] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _date,
    "byte": _byte,
    "uri": _uri,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "cidr": lambda value: "/" in value and bool(ipaddress.ip_network(value, strict=False)),
    "mac": lambda value: bool(re.fullmatch(r"(?i)([0-9a-f]{2}[:-]){5}[0-9a-f]{2}", value)),
    "hostname": lambda value: len(value) < 256 and bool(_DNS.fullmatch(value)),
    "email": lambda value: bool(_MAIL.fullmatch(value)),
    "uuid": lambda value: bool(_UUID.fullmatch(value)),
    "duration": lambda value: bool(_DURATION.fullmatch(value)),
}
