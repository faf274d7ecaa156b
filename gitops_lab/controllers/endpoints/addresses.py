"""From a Service and its pods to endpoints, conditions and ports. Pure.

The rules are those of k8s.io/endpointslice 1.37.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitops_lab.controllers.framework.pods import is_ready, is_terminal
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of, uid_of


@dataclass(frozen=True)
class Endpoint:
    """A pod that stands behind a Service."""

    address: str
    pod: Object
    ready: bool
    serving: bool
    terminating: bool
    hostname: str = ""


def is_headless(service: Object) -> bool:
    """Whether clients find the pods by DNS, since there is no cluster address."""
    return service["spec"].get("clusterIP") in (None, "", "None")


def has_endpoints(service: Object) -> bool:
    """Whether the controllers make endpoints for this Service at all."""
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def selects(service: Object, labels: dict[str, str]) -> bool:
    """Whether the Service's selector picks these labels."""
    selector = service["spec"].get("selector") or {}
    return bool(selector) and selector.items() <= labels.items()


def families(service: Object) -> list[str]:
    """The address families of the Service: IPv4, IPv6 or both."""
    named = service["spec"].get("ipFamilies")
    return list(named) if named else ["IPv4"]


def endpoint_of(service: Object, pod: Object, family: str = "IPv4") -> Endpoint | None:
    """The pod as an endpoint; None for one that has ended or has no such address yet."""
    address = next((ip for ip in _addresses(pod) if (":" in ip) == (family == "IPv6")), "")
    if is_terminal(pod) or not address:
        return None
    serving, terminating = is_ready(pod), is_terminating(pod)
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    return Endpoint(
        address=address,
        pod=pod,
        ready=publish or (serving and not terminating),
        serving=serving,
        terminating=terminating,
        hostname=_hostname(service, pod),
    )


def target_of(pod: Object) -> Object:
    """The targetRef of an endpoint."""
    return {
        "kind": "Pod",
        "namespace": namespace_of(pod),
        "name": name_of(pod),
        "uid": uid_of(pod),
    }


def port_number(service_port: Object, pod: Object) -> int | None:
    """The pod's port for a port of the Service; None when the pod has no port of that name."""
    target = service_port.get("targetPort")
    if target in (None, "", 0):
        target = service_port["port"]
    if isinstance(target, int):
        return target
    if str(target).isdecimal():
        return int(str(target))
    protocol = service_port.get("protocol", "TCP")
    for container in _containers(pod):
        for port in container.get("ports") or []:
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return None


def ports_of(service: Object, pod: Object) -> list[Object]:
    """The ports under which a pod serves the Service, as an EndpointSlice writes them."""
    ports = []
    for service_port in service["spec"].get("ports") or []:
        number = port_number(service_port, pod)
        if number is None:
            continue
        port: Object = {
            "name": service_port.get("name", ""),
            "protocol": service_port.get("protocol", "TCP"),
            "port": number,
        }
        if service_port.get("appProtocol"):
            port["appProtocol"] = service_port["appProtocol"]
        ports.append(port)
    return ports


def by_ports(
    service: Object, endpoints: Iterable[Endpoint]
) -> list[tuple[list[Object], list[Endpoint]]]:
    """Endpoints grouped by the ports they serve: a named port may differ from pod to pod.

    A pod that has none of the Service's ports is left out, but for a headless Service.
    """
    groups: dict[str, tuple[list[Object], list[Endpoint]]] = {}
    for endpoint in endpoints:
        ports = ports_of(service, endpoint.pod)
        if not ports and not is_headless(service):
            continue
        key = repr(sorted((p["name"], p["protocol"], p["port"]) for p in ports))
        groups.setdefault(key, (ports, []))[1].append(endpoint)
    return [groups[key] for key in sorted(groups)]


def _addresses(pod: Object) -> Sequence[str]:
    status = pod.get("status") or {}
    several = [entry.get("ip", "") for entry in status.get("podIPs") or []]
    return [ip for ip in several or [status.get("podIP") or ""] if ip]


def _containers(pod: Object) -> list[Object]:
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always"]
    return [*(spec.get("containers") or []), *sidecars]


def _hostname(service: Object, pod: Object) -> str:
    spec = pod["spec"]
    if spec.get("subdomain") == name_of(service) and namespace_of(service) == namespace_of(pod):
        return str(spec.get("hostname") or "")
    return ""
