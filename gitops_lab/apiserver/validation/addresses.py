"""IPAddresses: each is named by the address, and says what it belongs to."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import FieldError, invalid, required

Fields = dict[str, Any]
_LEADING_ZEROS = re.compile(r"(^|[.:])0+(?=\d+(\.|$))")


def address_name(value: str) -> tuple[str, ...]:
    """What is wrong with an address as a name: there is one way to write each."""
    sloppy = without_zeros(value)
    try:
        address = ipaddress.ip_address(sloppy)
    except ValueError:
        return ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)
    if sloppy != value:
        return ("must not have leading 0s",)
    if address.version == 6 and address.ipv4_mapped:
        return ("must not be an IPv4-mapped IPv6 address",)
    if str(address) != value:
        return (f'must be in canonical form ("{address}")',)
    return ()


Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def read_network(value: str) -> Interface | None:
    """A CIDR block, also one with leading zeros, as Kubernetes used to take them."""
    address, _, length = value.partition("/")
    if not length.isdigit():
        return None
    try:
        return ipaddress.ip_interface(f"{without_zeros(address)}/{int(length)}")
    except ValueError:
        return None


def network_form(value: str) -> str:
    """What is wrong with a CIDR block; "" when it is one, written as it should be."""
    found = read_network(value)
    if found is None:
        return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    address, _, length = value.partition("/")
    if without_zeros(address) != address or str(int(length)) != length:
        return "must not have leading 0s in IP or prefix length"
    if isinstance(found, ipaddress.IPv6Interface) and found.ip.ipv4_mapped:
        return "must not have an IPv4-mapped IPv6 address"
    if found.ip != found.network.network_address:
        return "must not have bits set beyond the prefix length"
    return ""


def without_zeros(address: str) -> str:
    """An IPv4 address with numbers that begin with no zero."""
    return _LEADING_ZEROS.sub(r"\1", address) if "." in address else address


def check_network(path: str, value: str, known: Iterable[str] = ()) -> Iterator[FieldError]:
    """A CIDR block; those that the stored object has (`known`) may stay as they are."""
    why = network_form(value)
    if why and value not in known:
        yield invalid(path, value, why)


def ip_address(new: Fields, old: Fields | None) -> Iterator[FieldError]:
    """An IPAddress."""
    path, parent = "spec.parentRef", (new.get("spec") or {}).get("parentRef")
    if old is not None:
        if parent != (old.get("spec") or {}).get("parentRef"):
            yield invalid(path, None, "field is immutable")  # sic: it shows none
        return
    if parent is None:
        yield required(path)
        return
    for why in names.subdomain(parent["group"]) if parent.get("group") else ():
        yield invalid(f"{path}.group", parent["group"], why)
    for name in ("resource", "name"):
        if not parent.get(name):
            yield required(f"{path}.{name}")
    for name in ("resource", "name", "namespace"):
        for why in names.path_segment(parent[name]) if parent.get(name) else ():
            yield invalid(f"{path}.{name}", parent[name], why)
