"""NetworkPolicies: which pods, and which peers and ports."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.addresses import check_network, read_network
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.selectors import check_selector

Fields = dict[str, Any]
Problems = Iterator[FieldError]
PROTOCOLS = ("TCP", "UDP", "SCTP")
TYPES = ("Ingress", "Egress")


def network_policy(new: Fields, old: Fields | None) -> Problems:
    """A NetworkPolicy."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    known = set(_blocks(old["spec"])) if old is not None else set()
    yield from check_selector(spec.get("podSelector") or {}, "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for place, port in enumerate(rule.get("ports") or ()):
                yield from _port(port, f"{path}.ports[{place}]")
            for place, peer in enumerate(rule.get(peers) or ()):
                yield from _peer(peer, f"{path}.{peers}[{place}]", known)
    types = spec.get("policyTypes") or []
    if len(types) > len(TYPES):
        yield invalid("spec.policyTypes", types, "may not specify more than two policyTypes")
        return
    for index, each in enumerate(types):
        if each not in TYPES:
            yield not_supported(f"spec.policyTypes[{index}]", each, TYPES)


def _port(port: Fields, path: str) -> Problems:
    if port.get("protocol") not in (None, *PROTOCOLS):
        yield not_supported(f"{path}.protocol", port["protocol"], PROTOCOLS)
    first, last = port.get("port"), port.get("endPort")
    if first is None:
        if last is not None:
            detail = "may not be specified when `port` is not specified"
            yield invalid(f"{path}.endPort", last, detail)
        return
    if isinstance(first, str):
        if last is not None:
            detail = "may not be specified when `port` is non-numeric"
            yield invalid(f"{path}.endPort", last, detail)
        for why in names.port_name(first):
            yield invalid(f"{path}.port", first, why)
        return
    for why in names.port_number(first):
        yield invalid(f"{path}.port", first, why)
    if last is None:
        return
    if last < first:
        yield invalid(f"{path}.endPort", last, "must be greater than or equal to `port`")
    for why in names.port_number(last):
        yield invalid(f"{path}.endPort", last, why)


def _peer(peer: Fields, path: str, known: set[str]) -> Problems:
    parts = [peer.get(name) for name in ("podSelector", "namespaceSelector", "ipBlock")]
    for name in ("podSelector", "namespaceSelector"):
        if peer.get(name) is not None:
            yield from check_selector(peer[name], f"{path}.{name}")
    block = peer.get("ipBlock")
    if block is not None:
        yield from _block(block, f"{path}.ipBlock", known)
    count = sum(part is not None for part in parts)
    if not count:
        yield required(path, "must specify a peer")
    elif count > 1 and block is not None:
        yield forbidden(path, "may not specify both ipBlock and another peer")


def _block(block: Fields, path: str, known: set[str]) -> Problems:
    text = block.get("cidr", "")
    if not text:
        yield required(f"{path}.cidr")
        return
    yield from check_network(f"{path}.cidr", text, known)
    whole = _network(text)
    if whole is None:
        return
    for index, text in enumerate(block.get("except") or ()):
        part, here = _network(text), f"{path}.except[{index}]"
        if part is not None and not _strictly_inside(part, whole):
            yield invalid(here, text, "must be a strict subset of `cidr`")
        yield from check_network(here, text, known)


def _blocks(spec: Fields) -> Iterator[str]:
    """Every CIDR block that a policy names."""
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            for peer in rule.get(peers) or ():
                block = peer.get("ipBlock") or {}
                yield from (block.get("cidr", ""), *(block.get("except") or ()))


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> Network | None:
    found = read_network(text)
    return found.network if found is not None else None


def _strictly_inside(part: Network, whole: Network) -> bool:
    return part.network_address in whole and part.prefixlen > whole.prefixlen
