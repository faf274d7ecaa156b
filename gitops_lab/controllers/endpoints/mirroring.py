"""EndpointSlices for Endpoints that somebody wrote: clients read nothing but slices nowadays.

That is done for Services without a selector; those of others are made from pods.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from gitops_lab.controllers.endpoints.slices import MANAGER, SERVICE, TRIGGER, Writes
from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.ownership import controller_reference
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import (
    Object,
    annotations_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
)

MANAGED_BY = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MOST_ADDRESSES = 1000  # of one subset


class MirroringController(Controller):
    """Keeps the slices in step with the Endpoints."""

    name = "endpoint-slice-mirroring-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._services = context.informers.of("v1", "Service")
        self._slices = context.informers.of("discovery.k8s.io/v1", "EndpointSlice")
        self._endpoints = context.informers.of("v1", "Endpoints")
        self._written = Written()
        self._services.subscribe(self.enqueue_object)
        self._endpoints.subscribe(self.enqueue_object)
        self._slices.subscribe(self._on_slice)

    def sync(self, key: Key) -> None:
        """Bring the mirrored slices of one Service in line."""
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        held = [one for one in self._slices.in_namespace(key[0]) if _mirrors(one, key[1])]
        endpoints = self._endpoints.get(*key)
        if endpoints is None or not is_mirrored(endpoints, self._services.get(*key)):
            writes = Writes(delete=held)
        else:
            writes = plan(endpoints, held)
        for one in writes.create:
            self._written.note(key, self._slices, self.client.create(one))
        for one in writes.update:
            self._written.note(key, self._slices, self.client.update(one))
        for one in writes.delete:
            self._delete(one)

    def _delete(self, one: Object) -> None:
        try:
            self.client.delete(one["apiVersion"], one["kind"], name_of(one), namespace_of(one))
        except NotFound:
            return

    def _on_slice(self, kind: str, new: Object, old: Object | None) -> None:
        for one in (new, old):
            if one is not None and labels_of(one).get(MANAGER) == MANAGED_BY:
                self.enqueue((namespace_of(one), labels_of(one).get(SERVICE, "")))


def _mirrors(one: Object, name: str) -> bool:
    labels = labels_of(one)
    managed = labels.get(MANAGER) == MANAGED_BY and labels.get(SERVICE) == name
    return managed and not is_terminating(one)


def is_mirrored(endpoints: Object, service: Object | None) -> bool:
    """Whether slices are made of these Endpoints."""
    if labels_of(endpoints).get(SKIP) == "true" or _LEADER in annotations_of(endpoints):
        return False
    if is_terminating(endpoints) or service is None:
        return False
    return service["spec"].get("selector") is None


def plan(endpoints: Object, held: list[Object]) -> Writes:
    """The fewest writes that make the slices what they should be. Pure."""
    writes, left = Writes(), list(held)
    for wanted in _slices(endpoints):
        same = [
            one
            for one in left
            if one["addressType"] == wanted["addressType"]
            and _ports(one.get("ports")) == _ports(wanted["ports"])
        ]
        if not same:
            writes.create.append(wanted)
            continue
        left.remove(same[0])
        if _content(same[0]) != _content(wanted):
            metadata = {**same[0]["metadata"], **_shown(wanted["metadata"])}
            writes.update.append({**wanted, "metadata": metadata})
    writes.delete = left
    return writes


def _shown(metadata: Object) -> Object:
    return {key: metadata[key] for key in ("labels", "annotations") if key in metadata}


def _content(one: Object) -> Object:
    return {
        "labels": labels_of(one),
        "annotations": annotations_of(one),
        "endpoints": one.get("endpoints") or [],
    }


def _slices(endpoints: Object) -> Iterator[Object]:
    for subset in endpoints.get("subsets") or []:
        ports = _ports(subset.get("ports"))
        found: dict[str, list[Object]] = {}
        listed = [(one, True) for one in subset.get("addresses") or []]
        listed += [(one, False) for one in subset.get("notReadyAddresses") or []]
        for address, ready in listed[:MOST_ADDRESSES]:
            family = "IPv6" if ip_address(address["ip"]).version == 6 else "IPv4"
            found.setdefault(family, []).append(_endpoint(address, ready=ready))
        for family, members in found.items():
            yield _slice(endpoints, family, ports, members)


def _endpoint(address: Object, *, ready: bool) -> Object:
    kept = {key: address[key] for key in ("hostname", "nodeName", "targetRef") if address.get(key)}
    return {"addresses": [address["ip"]], "conditions": {"ready": ready}, **kept}


def _ports(ports: list[Object] | None) -> list[Object]:
    """Ports as slices hold them: with a name and a protocol, in an order of their own."""
    found = [
        {"name": port.get("name") or "", "protocol": port.get("protocol") or "TCP"}
        | {key: port[key] for key in ("port", "appProtocol") if port.get(key) is not None}
        for port in ports or []
    ]
    return sorted(found, key=lambda port: (port["name"], port["protocol"], port.get("port", 0)))


def _slice(endpoints: Object, family: str, ports: list[Object], members: list[Object]) -> Object:
    annotations = {
        key: value
        for key, value in annotations_of(endpoints).items()
        if key not in (TRIGGER, _LAST_APPLIED)
    }
    name = name_of(endpoints)
    metadata: Object = {
        "generateName": f"{name}-",
        "namespace": namespace_of(endpoints),
        "labels": {**labels_of(endpoints), SERVICE: name, MANAGER: MANAGED_BY},
        "ownerReferences": [controller_reference(endpoints, "v1", "Endpoints")],
    }
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": family,
        "endpoints": members,
        "ports": ports,
    }
