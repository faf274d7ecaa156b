"""The EndpointSlices that a Service should have, and the fewest writes to get there. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gitops_lab.controllers.endpoints.addresses import (
    Endpoint,
    by_ports,
    endpoint_of,
    families,
    is_headless,
    target_of,
)
from gitops_lab.controllers.framework.ownership import controller_reference
from gitops_lab.kube.objects import Object, annotations_of, labels_of, name_of, namespace_of

SERVICE = "kubernetes.io/service-name"
MANAGER = "endpointslice.kubernetes.io/managed-by"
MANAGED_BY = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
MOST_ENDPOINTS = 100


@dataclass
class Writes:
    """What is to be created, replaced and deleted."""

    create: list[Object] = field(default_factory=list)
    update: list[Object] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)


def is_managed(one: Object) -> bool:
    """Whether this controller made the slice."""
    return labels_of(one).get(MANAGER) == MANAGED_BY


def plan(service: Object, pods: Iterable[Object], held: Sequence[Object], trigger: str) -> Writes:
    """Compare the slices that should be with those that are.

    A slice keeps its name as long as its ports stay; each holds at most 100 endpoints.
    `trigger` is when the change was made that this answers ("" when it is not known).
    """
    pods = list(pods)
    writes, left = Writes(), list(held)
    for family in families(service):
        found = [endpoint_of(service, pod, family) for pod in pods]
        endpoints = [endpoint for endpoint in found if endpoint]
        groups = by_ports(service, endpoints) or [([], [])]
        for ports, members in groups:
            for start in range(0, max(1, len(members)), MOST_ENDPOINTS):
                chunk = members[start : start + MOST_ENDPOINTS]
                wanted = _slice(service, family, ports, chunk)
                _match(wanted, left, trigger, writes)
    writes.delete = left
    return writes


def _match(wanted: Object, left: list[Object], trigger: str, writes: Writes) -> None:
    """Use a slice of the same ports, else any of the same family, else a new one."""
    same_family = [one for one in left if one.get("addressType") == wanted["addressType"]]
    same_ports = [one for one in same_family if one.get("ports") == wanted["ports"]]
    if not same_ports and not same_family:
        writes.create.append(_triggered(wanted, trigger))
        return
    current = (same_ports or same_family)[0]
    left.remove(current)
    changed: Object = {**current, "endpoints": wanted["endpoints"], "ports": wanted["ports"]}
    labels = wanted["metadata"]["labels"]
    owners = wanted["metadata"]["ownerReferences"]
    changed["metadata"] = {**current["metadata"], "labels": labels, "ownerReferences": owners}
    if _comparable(changed) != _comparable(current):
        writes.update.append(_triggered(changed, trigger))


def _comparable(one: Object) -> Object:
    return {
        "labels": labels_of(one),
        "owners": [ref.get("uid") for ref in one["metadata"].get("ownerReferences") or []],
        "ports": one.get("ports") or [],
        "endpoints": sorted(one.get("endpoints") or [], key=lambda e: str(e["addresses"])),
    }


def _triggered(one: Object, trigger: str) -> Object:
    annotations = {k: v for k, v in annotations_of(one).items() if k != TRIGGER}
    if trigger:
        annotations[TRIGGER] = trigger
    metadata = {k: v for k, v in one["metadata"].items() if k != "annotations"}
    if annotations:
        metadata["annotations"] = annotations
    return {**one, "metadata": metadata}


def _slice(
    service: Object, family: str, ports: list[Object], members: Sequence[Endpoint]
) -> Object:
    reference = controller_reference(service, "v1", "Service")
    # The Service's own labels go along, but none that would take the slice from its owner.
    labels = {
        key: value
        for key, value in labels_of(service).items()
        if key not in (SERVICE, MANAGER, HEADLESS)
    }
    labels |= {SERVICE: name_of(service), MANAGER: MANAGED_BY}
    if is_headless(service):
        labels[HEADLESS] = ""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "namespace": namespace_of(service),
            "labels": labels,
            "ownerReferences": [reference],
        },
        "addressType": family,
        # An empty slice has null where a full one has lists, as in Kubernetes.
        "ports": ports or None,
        "endpoints": [_endpoint(member) for member in members] or None,
    }


def _endpoint(member: Endpoint) -> Object:
    endpoint: Object = {
        "addresses": [member.address],
        "conditions": {
            "ready": member.ready,
            "serving": member.serving,
            "terminating": member.terminating,
        },
        "targetRef": target_of(member.pod),
    }
    if member.hostname:
        endpoint["hostname"] = member.hostname
    if member.pod["spec"].get("nodeName"):
        endpoint["nodeName"] = member.pod["spec"]["nodeName"]
    return endpoint
