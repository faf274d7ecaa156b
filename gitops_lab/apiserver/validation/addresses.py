"""IPAddresses: each is named by the address, and says what it belongs to."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import FieldError, invalid, required

Fields = dict[str, Any]
_LEADING_ZEROS = re.compile(r"(^|[.:])0+(?=\d+(\.|$))")


def address_name(value: str) -> tuple[str, ...]:
    """What is wrong with an address as a name: there is one way to write each."""
    sloppy = _LEADING_ZEROS.sub(r"\1", value) if "." in value else value
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
