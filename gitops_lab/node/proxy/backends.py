"""Which endpoints a Service port has, from its EndpointSlices. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gitops_lab.kube.objects import Object

SERVICE_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True)
class Backend:
    """One endpoint: the pod (its uid, "" if it is none of ours), address and port."""

    pod: str
    address: str
    port: int


Locate = Callable[[Backend], tuple[str, int]]


def backends(slices: Iterable[Object], port_name: str) -> list[Backend]:
    """The endpoints that take new connections: the ready ones.

    When none is ready, those that end but still serve, as kube-proxy does.
    """
    ready: list[Backend] = []
    ending: list[Backend] = []
    for part in slices:
        port = _port(part, port_name)
        if port is None:
            continue
        for endpoint in part.get("endpoints") or []:
            conditions = endpoint.get("conditions") or {}
            found = _backends(endpoint, port)
            if conditions.get("ready", True) in (True, None):
                ready += found
            elif conditions.get("terminating") and conditions.get("serving"):
                ending += found
    return sorted(set(ready or ending), key=lambda one: (one.address, one.pod, one.port))


def rotated(found: Sequence[Backend], turn: int) -> list[Backend]:
    """All of them, beginning with another one at each turn."""
    start = turn % len(found) if found else 0
    return [*found[start:], *found[:start]]


def _port(part: Object, name: str) -> int | None:
    for port in part.get("ports") or []:
        if (port.get("name") or "") == name and port.get("port"):
            return int(port["port"])
    return None


def _backends(endpoint: Object, port: int) -> list[Backend]:
    target = endpoint.get("targetRef") or {}
    pod = str(target.get("uid") or "") if target.get("kind") == "Pod" else ""
    return [Backend(pod, address, port) for address in (endpoint.get("addresses") or [])[:1]]
