"""URLs, addresses and networks in rules. Each is a map that names its canonical text."""

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Value = dict[str, str]
_URL, _IP, _CIDR = "__url__", "__ip__", "__cidr__"


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL or an absolute path."""
    try:
        found = urlsplit(text)
        _ = found.port
    except ValueError:
        return False
    return text.startswith("/") or bool(found.scheme and (found.netloc or found.path))


def url(text: str) -> Value:
    """The URL that a text says."""
    if not is_url(text):
        raise ValueError(f"URL parse error during conversion from string: {text}")
    return {_URL: text}


def _part(name: str) -> Callable[[Value], Any]:
    def part(value: Value) -> Any:
        found = urlsplit(_text(value, _URL))
        if name == "host":
            return found.netloc.rpartition("@")[2]
        if name == "query":
            return parse_qs(found.query, keep_blank_values=True)
        if name == "hostname":
            return found.hostname or ""
        if name == "port":
            return str(found.port or "")
        return found.path if name == "path" else found.scheme

    return part


def _text(value: Any, key: str) -> str:
    if not isinstance(value, dict) or key not in value:
        raise TypeError("no such overload")
    return str(value[key])


def ip(text: str) -> Value:
    """The address that a text says."""
    try:
        return {_IP: str(_address(text))}
    except ValueError:
        raise ValueError(f'IP Address "{text}" parse error during conversion from string') from None


def is_ip(text: str) -> bool:
    """Whether a text is an address."""
    try:
        _address(text)
    except ValueError:
        return False
    return True


def _address(value: Any) -> Address:
    return ipaddress.ip_address(value[_IP] if isinstance(value, dict) else value)


def cidr(text: str) -> Value:
    """The network, with the bits of its address, that a text says."""
    if not is_cidr(text):
        raise ValueError(f'network address parse error during conversion from string "{text}"')
    return {_CIDR: str(ipaddress.ip_interface(text))}


def is_cidr(text: str) -> bool:
    """Whether a text is an address with the length of its network."""
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return "/" in text


def _network(value: Any) -> Network:
    text = value[_CIDR] if isinstance(value, dict) else value
    return ipaddress.ip_network(text, strict=False)


def contains_ip(network: Value, address: Any) -> bool:
    """Whether an address is of a network."""
    return _address(address) in _network(network)


def contains_cidr(network: Value, other: Any) -> bool:
    """Whether a network is part of another, or the same."""
    outer, inner = _network(network), _network(other)
    if outer.version != inner.version:
        return False
    return outer.prefixlen <= inner.prefixlen and inner.network_address in outer


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "isURL": is_url,
    "url": url,
    "getScheme": _part("scheme"),
    "getHost": _part("host"),
    "getHostname": _part("hostname"),
    "getPort": _part("port"),
    "getEscapedPath": _part("path"),
    "getQuery": _part("query"),
    "ip": lambda value: (
        {_IP: _text(value, _CIDR).partition("/")[0]} if isinstance(value, dict) else ip(value)
    ),
    "isIP": is_ip,
    "family": lambda value: _address(value).version,
    "isLoopback": lambda value: _address(value).is_loopback,
    "isUnspecified": lambda value: _address(value).is_unspecified,
    "isLinkLocalMulticast": lambda value: _address(value).is_multicast,
    "isLinkLocalUnicast": lambda value: _address(value).is_link_local,
    "isGlobalUnicast": lambda value: (
        not (
            _address(value).is_multicast
            or _address(value).is_loopback
            or _address(value).is_unspecified
            or _address(value).is_link_local
        )
    ),
    "cidr": cidr,
    "isCIDR": is_cidr,
    "containsIP": contains_ip,
    "containsCIDR": contains_cidr,
    "prefixLength": lambda value: _network(value).prefixlen,
    "masked": lambda value: {_CIDR: str(_network(value))},
}
