"""Services."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.addresses import check_network
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.metadata import check_labels

Fields = dict[str, Any]
Problems = Iterator[FieldError]
TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
POLICIES = ("Cluster", "Local")


def service(new: Fields, old: Fields | None) -> Problems:
    """Ports, type, affinity and policies."""
    spec = new["spec"]
    kind = spec.get("type", "")
    headless = spec.get("clusterIP") == "None"
    ports = spec.get("ports", [])
    if not ports and not headless and kind != "ExternalName":
        yield required("spec.ports")
    if kind in ("LoadBalancer", "NodePort") and headless:
        detail = f"may not be set to 'None' for {kind} services"
        yield invalid("spec.clusterIPs[0]", "None", detail)
    if kind == "ExternalName":
        yield from _external_name(spec)
    seen: set[str] = set()
    for index, port in enumerate(ports):
        yield from _port(port, f"spec.ports[{index}]", len(ports) > 1, seen)
    yield from check_labels(spec.get("selector"), "spec.selector")
    yield from _affinity(spec)
    for index, address in enumerate(spec.get("externalIPs", ())):
        yield from _address(address, f"spec.externalIPs[{index}]")
    if kind not in TYPES:
        yield not_supported("spec.type", kind, TYPES)
    yield from _repeated_ports(ports, kind)
    yield from _load_balancer(spec, kind)
    yield from _source_ranges(spec, old)
    yield from _policies(spec, kind)
    if old is not None:
        yield from _unchanged_addresses(spec, old["spec"])


def _external_name(spec: Fields) -> Problems:
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            yield forbidden(f"spec.{field}", "may not be set for ExternalName services")
    name = spec.get("externalName", "").removesuffix(".")
    if not name:
        yield required("spec.externalName")
    for why in names.subdomain(name) if name else ():
        yield invalid("spec.externalName", name, why)


def _port(port: Fields, path: str, needs_name: bool, seen: set[str]) -> Problems:
    name = port.get("name", "")
    if needs_name and not name:
        yield required(f"{path}.name")
    elif name:
        for why in names.label(name):
            yield invalid(f"{path}.name", name, why)
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
    number = port.get("port", 0)
    for why in names.port_number(number):
        yield invalid(f"{path}.port", number, why)
    if port.get("protocol") not in PROTOCOLS:
        yield not_supported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    target = port.get("targetPort", 0)
    for why in names.port(target):
        yield invalid(f"{path}.targetPort", target, why)
    for why in names.qualified(port["appProtocol"]) if "appProtocol" in port else ():
        yield invalid(f"{path}.appProtocol", port["appProtocol"], why)


def _affinity(spec: Fields) -> Problems:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    if affinity not in ("ClientIP", "None"):
        yield not_supported("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    elif affinity == "ClientIP":
        seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
        path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        if seconds is None:
            yield required("spec.sessionAffinityConfig", "when session affinity type is ClientIP")
        elif not 0 < seconds <= 86400:
            yield invalid(path, seconds, "must be greater than 0 and less than 86400")


def _address(value: str, path: str) -> Problems:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        yield invalid(path, value, detail)


def _repeated_ports(ports: list[Fields], kind: str) -> Problems:
    node_ports: set[tuple[Any, Any]] = set()
    numbers: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        path, protocol = f"spec.ports[{index}]", port.get("protocol")
        node_port = port.get("nodePort", 0)
        if node_port and kind == "ClusterIP":
            yield forbidden(f"{path}.nodePort", "may not be used when `type` is 'ClusterIP'")
        if node_port and (protocol, node_port) in node_ports:
            yield duplicate(f"{path}.nodePort", node_port)
        node_ports.add((protocol, node_port))
        if (protocol, port.get("port")) in numbers:
            yield duplicate(path, _bare_port(protocol, port.get("port")))
        numbers.add((protocol, port.get("port")))


def _bare_port(protocol: Any, number: Any) -> Fields:
    """The server's internal form of a port, which its message shows."""
    return {
        "Name": "",
        "Protocol": protocol,
        "AppProtocol": None,
        "Port": number,
        "TargetPort": 0,
        "NodePort": 0,
    }


def _source_ranges(spec: Fields, old: Fields | None) -> Problems:
    before = old["spec"] if old is not None else {}
    known = [each.strip() for each in before.get("loadBalancerSourceRanges") or ()]
    for index, each in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        yield from check_network(f"spec.LoadBalancerSourceRanges[{index}]", each.strip(), known)


def _load_balancer(spec: Fields, kind: str) -> Problems:
    if kind == "LoadBalancer":
        return
    detail = "may only be used when `type` is 'LoadBalancer'"
    for field, path in (
        ("loadBalancerSourceRanges", "spec.LoadBalancerSourceRanges"),
        ("allocateLoadBalancerNodePorts", "spec.allocateLoadBalancerNodePorts"),
        ("loadBalancerClass", "spec.loadBalancerClass"),
    ):
        if spec.get(field) not in (None, []):
            yield forbidden(path, detail)


def _policies(spec: Fields, kind: str) -> Problems:
    external, internal = spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    reachable = kind in ("NodePort", "LoadBalancer") or (
        kind == "ClusterIP" and spec.get("externalIPs")
    )
    if external and not reachable:
        detail = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", external, detail)
    elif external and external not in POLICIES:
        yield not_supported("spec.externalTrafficPolicy", external, POLICIES)
    if internal and internal not in POLICIES:
        yield not_supported("spec.internalTrafficPolicy", internal, POLICIES)


def _unchanged_addresses(spec: Fields, old: Fields) -> Problems:
    """A cluster IP can't be changed, other than by way of ExternalName."""
    if "ExternalName" in (spec.get("type"), old.get("type")):
        return
    before, after = old.get("clusterIPs") or [], spec.get("clusterIPs") or []
    if before and before[0] and after[:1] != before[:1]:
        yield invalid("spec.clusterIPs[0]", after or None, "may not change once set")
