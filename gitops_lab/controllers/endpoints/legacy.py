"""The Endpoints object of a Service, as the older API has it. Pure."""

from collections.abc import Iterable, Sequence

from gitops_lab.controllers.endpoints.addresses import (
    Endpoint,
    endpoint_of,
    families,
    is_headless,
    ports_of,
    target_of,
)
from gitops_lab.controllers.endpoints.slices import HEADLESS, TRIGGER
from gitops_lab.kube.objects import (
    Object,
    annotations_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
)

MANAGER = "endpoints.kubernetes.io/managed-by"
MANAGED_BY = "endpoint-controller"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
MOST_ADDRESSES = 1000

_Ports = tuple[tuple[str, str, int, str], ...]


def plan(
    service: Object, pods: Iterable[Object], held: Object | None, trigger: str
) -> Object | None:
    """The Endpoints to write, None when those that are there are right."""
    subsets = subsets_of(service, pods)
    labels = _labels(service)
    if held and (held.get("subsets") or []) == subsets and labels_of(held) == labels:
        return None
    annotations = {k: v for k, v in annotations_of(held or {}).items() if k != TRIGGER}
    if trigger:
        annotations[TRIGGER] = trigger
    if _cap(subsets):
        annotations[OVER_CAPACITY] = "truncated"
    else:
        annotations.pop(OVER_CAPACITY, None)
    metadata = (held or {}).get("metadata") or {}
    metadata = {**metadata, "name": name_of(service), "namespace": namespace_of(service)}
    metadata["labels"] = labels
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets}


def subsets_of(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Addresses packed by the ports they share.

    Terminating pods are left out unless the Service publishes what is not ready. A pod that lacks
    one of the named ports is listed under the others.
    """
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    by_port: dict[tuple[str, str, int, str] | None, dict[str, Endpoint]] = {}
    for pod in pods:
        endpoint = endpoint_of(service, pod, families(service)[0])
        if endpoint is None or (is_terminating(pod) and not publish):
            continue
        for port in _port_keys(service, pod):
            by_port.setdefault(port, {})[endpoint.address] = endpoint
    packed: dict[tuple[str, ...], tuple[list[tuple[str, str, int, str]], list[Endpoint]]] = {}
    for port, members in by_port.items():
        key = tuple(sorted(members))
        ports, _ = packed.setdefault(key, ([], [members[ip] for ip in key]))
        if port is not None:
            ports.append(port)
    return [_subset(ports, members) for ports, members in (packed[key] for key in sorted(packed))]


def _port_keys(service: Object, pod: Object) -> list[tuple[str, str, int, str] | None]:
    if not service["spec"].get("ports"):
        return [None] if is_headless(service) else []
    return [
        (port["name"], port["protocol"], port["port"], port.get("appProtocol", ""))
        for port in ports_of(service, pod)
    ]


def _subset(ports: list[tuple[str, str, int, str]], members: Sequence[Endpoint]) -> Object:
    ready = [_address(member) for member in members if member.ready]
    others = [_address(member) for member in members if not member.ready]
    subset: Object = {}
    if ready:
        subset["addresses"] = ready
    if others:
        subset["notReadyAddresses"] = others
    if ports:
        subset["ports"] = [_port(port) for port in sorted(ports)]
    return subset


def _port(port: tuple[str, str, int, str]) -> Object:
    name, protocol, number, app_protocol = port
    written: Object = {"port": number, "protocol": protocol}
    if name:
        written["name"] = name
    if app_protocol:
        written["appProtocol"] = app_protocol
    return written


def _address(member: Endpoint) -> Object:
    address: Object = {"ip": member.address, "targetRef": target_of(member.pod)}
    if member.hostname:
        address["hostname"] = member.hostname
    if member.pod["spec"].get("nodeName"):
        address["nodeName"] = member.pod["spec"]["nodeName"]
    return address


def _labels(service: Object) -> dict[str, str]:
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS}
    if is_headless(service):
        labels[HEADLESS] = ""
    return {**labels, MANAGER: MANAGED_BY}


def _cap(subsets: list[Object]) -> bool:
    """Cut what is more than 1000 addresses, ready ones last; whether anything was cut."""
    count = sum(len(subset.get(name) or []) for subset in subsets for name in _ADDRESSES)
    cut = count > MOST_ADDRESSES
    for name in _ADDRESSES:
        for subset in subsets:
            surplus = count - MOST_ADDRESSES
            if surplus > 0 and subset.get(name):
                kept = subset[name][: max(0, len(subset[name]) - surplus)]
                count -= len(subset[name]) - len(kept)
                subset[name] = kept
    return cut


_ADDRESSES = ("notReadyAddresses", "addresses")
