"""EndpointSlices: their family, and addresses of it that somebody else can reach."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation.addresses import address_name
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    invalid,
    not_supported,
    required,
    too_many,
)

Fields = dict[str, Any]
Problems = Iterator[FieldError]
FAMILIES = ("FQDN", "IPv4", "IPv6")
MOST_ENDPOINTS, MOST_ADDRESSES = 1000, 100
_VERSIONS = {"IPv4": 4, "IPv6": 6}
# Not loopback, other than in a cluster at work: pods of ours have nothing else.
_UNFIT = (
    ("is_unspecified", "may not be unspecified (0.0.0.0 or ::)"),
    ("is_link_local", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
)


def endpoint_slice(new: Fields, old: Fields | None) -> Problems:
    """An EndpointSlice."""
    family = new.get("addressType") or ""
    if not family:
        yield required("addressType")
    elif family not in FAMILIES:
        yield not_supported("addressType", family, FAMILIES)
    if old is None or new.get("endpoints") != old.get("endpoints"):
        yield from _endpoints(new.get("endpoints") or [], family)
    if old is not None and family != old.get("addressType"):
        yield invalid("addressType", family, "field is immutable")


def _endpoints(endpoints: list[Fields], family: str) -> Problems:
    if len(endpoints) > MOST_ENDPOINTS:
        yield too_many("endpoints", len(endpoints), MOST_ENDPOINTS)
        return
    for index, endpoint in enumerate(endpoints):
        path, addresses = f"endpoints[{index}].addresses", endpoint.get("addresses") or []
        if not addresses:
            yield required(path, "must contain at least 1 address")
        elif len(addresses) > MOST_ADDRESSES:
            yield too_many(path, len(addresses), MOST_ADDRESSES)
        for place, address in enumerate(addresses if family in _VERSIONS else ()):
            yield from _address(address, family, f"{path}[{place}]")


def _address(text: str, family: str, path: str) -> Problems:
    wrong = address_name(text)
    if wrong:
        yield invalid(path, text, wrong[0])
        return
    address = ipaddress.ip_address(text)
    if address.version != _VERSIONS[family]:
        yield invalid(path.rpartition("[")[0], text, f"must be an {family} address")
    for attribute, why in _UNFIT:
        if getattr(address, attribute):
            yield invalid(path, text, why)
