"""Services: their cluster IPs and node ports are taken from ranges and given back."""

import random
from ipaddress import IPv4Network, ip_address
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.strategy.base import Claim, Strategy
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.validation import FieldError
from gitops_lab.kube.objects import Object

# Loopback addresses: on Linux each of them can be listened on without privileges.
CLUSTER_IPS = IPv4Network("127.96.0.0/16")
NODE_PORTS = range(30000, 32768)
_WITH_PORTS = ("NodePort", "LoadBalancer")


class ServiceAddresses:
    """Which cluster IPs and (protocol, node port) pairs are taken."""

    def __init__(self) -> None:
        self.ips: set[str] = set()
        self.ports: set[tuple[str, int]] = set()
        self._random = random.Random()  # noqa: S311 - spreads addresses, hides nothing

    def take(self, service: Object) -> None:
        """Mark what a stored Service holds."""
        self.ips |= held_ips(service)
        self.ports |= held_ports(service)

    def free_ip(self) -> str:
        """An address that nobody has. LookupError when there is none."""
        size = CLUSTER_IPS.num_addresses - 2
        start = self._random.randrange(size)
        for step in range(size):
            # The first one belongs to the API server's own Service.
            ip = str(CLUSTER_IPS[1 + (start + step) % size])
            if ip not in self.ips and ip != str(CLUSTER_IPS[1]):
                return ip
        raise LookupError("range is full")

    def free_port(self, protocol: str) -> int:
        """A node port that nobody has. LookupError when there is none."""
        start = self._random.randrange(len(NODE_PORTS))
        for step in range(len(NODE_PORTS)):
            port = NODE_PORTS[(start + step) % len(NODE_PORTS)]
            if (protocol, port) not in self.ports:
                return port
        raise LookupError("range is full")


def held_ips(service: Object) -> set[str]:
    """The cluster IPs of a Service."""
    spec = service.get("spec") or {}
    ips = {spec.get("clusterIP"), *(spec.get("clusterIPs") or [])}
    return {ip for ip in ips if ip and ip != "None"}


def held_ports(service: Object) -> set[tuple[str, int]]:
    """The node ports of a Service, with their protocols."""
    ports = (service.get("spec") or {}).get("ports") or []
    held = {
        (port.get("protocol", "TCP"), port["nodePort"]) for port in ports if port.get("nodePort")
    }
    health = (service.get("spec") or {}).get("healthCheckNodePort")
    return held | {("TCP", health)} if health else held


class _Addresses(Claim):
    """Newly taken addresses, and those that the old version leaves."""

    def __init__(self, pool: ServiceAddresses, new: Object, old: Object | None) -> None:
        self._pool = pool
        self._new = (held_ips(new), held_ports(new))
        self._old = (held_ips(old), held_ports(old)) if old else (set(), set())
        pool.ips |= self._new[0]
        pool.ports |= self._new[1]

    def keep(self) -> None:
        """Free what only the old version had."""
        self._pool.ips -= self._old[0] - self._new[0]
        self._pool.ports -= self._old[1] - self._new[1]

    def give_back(self) -> None:
        """Free what only the new version has."""
        self._pool.ips -= self._new[0] - self._old[0]
        self._pool.ports -= self._new[1] - self._old[1]


class ServiceStrategy(Strategy):
    """A Service gets an address unless it is headless or a mere name."""

    def __init__(self, resource: Resource, addresses: ServiceAddresses) -> None:
        super().__init__(resource)
        self._pool = addresses

    def initial_status(self, new: Object) -> Object | None:
        """No load balancer."""
        return {"loadBalancer": {}}

    def prepare_update(self, new: Object, old: Object) -> None:
        """A client that leaves the addresses out keeps them; another type drops them."""
        super().prepare_update(new, old)
        spec, before = new.get("spec") or {}, old.get("spec") or {}
        kind, earlier = spec.get("type", "ClusterIP"), before.get("type", "ClusterIP")
        if kind == "ExternalName":
            _drop(spec, "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
        elif earlier != "ExternalName" and not spec.get("clusterIP"):
            for name in ("clusterIP", "clusterIPs"):
                if name in before:
                    spec[name] = before[name]
        if not _is_external(spec) and _is_external(before):
            _drop_same(spec, before, "externalTrafficPolicy")
        if kind == "ExternalName":
            _drop_same(spec, before, "internalTrafficPolicy")
        if kind != "LoadBalancer" and earlier == "LoadBalancer":
            _drop_same(spec, before, "allocateLoadBalancerNodePorts")
            _drop_same(spec, before, "loadBalancerClass")
        if not _checks_health(spec):
            _drop_same(spec, before, "healthCheckNodePort")
        if kind in _WITH_PORTS:
            _keep_ports(spec, before)
        elif earlier in _WITH_PORTS:
            _forget_ports(spec, before)

    def check(self, new: Object, old: Object | None, subresource: str) -> list[FieldError]:
        """Only a load balancer has an ingress."""
        balancer = (new.get("status") or {}).get("loadBalancer") or {}
        if not balancer.get("ingress") or new["spec"].get("type") == "LoadBalancer":
            return []
        detail = "may only be used when `spec.type` is 'LoadBalancer'"
        return [FieldError("FieldValueForbidden", "status.loadBalancer.ingress", None, detail)]

    def claim(self, new: Object, old: Object | None) -> Claim:
        """Take a cluster IP and the node ports. Raises StatusError 422."""
        spec = new.get("spec")
        if not isinstance(spec, dict):
            return super().claim(new, old)
        kind = spec.get("type", "ClusterIP")
        causes: list[dict[str, Any]] = []
        taken_ips = self._pool.ips - (held_ips(old) if old else set())
        taken_ports = self._pool.ports - (held_ports(old) if old else set())
        if kind != "ExternalName":
            causes += _kept_address(spec, old) or self._address(spec, taken_ips)
        if kind in _WITH_PORTS:
            causes += self._node_ports(spec, taken_ports)
        if _checks_health(spec) and not spec.get("healthCheckNodePort"):
            spec["healthCheckNodePort"] = self._free("TCP", held_ports({"spec": spec}))
        if causes:
            raise status.invalid("", "Service", new["metadata"].get("name", ""), causes)
        return _Addresses(self._pool, new, old)

    def deleted(self, old: Object) -> None:
        """Free all it held."""
        self._pool.ips -= held_ips(old)
        self._pool.ports -= held_ports(old)

    def _address(self, spec: Object, taken: set[str]) -> list[dict[str, Any]]:
        wanted = spec.get("clusterIP") or (spec.get("clusterIPs") or [""])[0]
        if not wanted:
            wanted = self._pool.free_ip()
        elif wanted != "None":
            causes = _check_ip(wanted, taken)
            if causes:
                return causes
        spec["clusterIP"] = wanted
        spec["clusterIPs"] = [wanted]
        # Whoever writes the endpoints of a headless Service without a selector may use both.
        both = wanted == "None" and not spec.get("selector")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if both else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if both else "SingleStack")
        return []

    def _node_ports(self, spec: Object, taken: set[tuple[str, int]]) -> list[dict[str, Any]]:
        causes: list[dict[str, Any]] = []
        mine: set[tuple[str, int]] = set()
        for index, port in enumerate(spec.get("ports") or []):
            protocol = port.get("protocol", "TCP")
            asked = port.get("nodePort")
            if not asked:
                continue
            problem = _port_problem(asked, (protocol, asked) in taken | mine)
            mine.add((protocol, asked))
            if problem:
                causes.append(_cause(f"spec.ports[{index}].nodePort", asked, problem))
        if causes:
            return causes
        for port in spec.get("ports") or []:
            if not port.get("nodePort"):
                protocol = port.get("protocol", "TCP")
                port["nodePort"] = self._free(protocol, mine)
                mine.add((protocol, port["nodePort"]))
        return []

    def _free(self, protocol: str, mine: set[tuple[str, int]]) -> int:
        while True:
            port = self._pool.free_port(protocol)
            if (protocol, port) not in mine:
                return port


def _drop(spec: Object, *names: str) -> None:
    for name in names:
        spec.pop(name, None)


def _drop_same(spec: Object, before: Object, name: str) -> None:
    """What belonged to the former type goes, unless the writer has set it anew."""
    if spec.get(name) == before.get(name):
        spec.pop(name, None)


def _is_external(spec: Object) -> bool:
    """Whether somebody outside of the cluster can reach it, and by which nodes is to be said."""
    kind = spec.get("type", "ClusterIP")
    return kind in _WITH_PORTS or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def _checks_health(spec: Object) -> bool:
    """Whether a load balancer asks each node for the Service's health at a port of its own."""
    local = spec.get("externalTrafficPolicy") == "Local"
    return spec.get("type") == "LoadBalancer" and local


def _identity(port: Object) -> tuple[str, int]:
    return port.get("protocol", "TCP"), port.get("port", 0)


def _keep_ports(spec: Object, before: Object) -> None:
    old = {_identity(port): port.get("nodePort") for port in before.get("ports") or []}
    for port in spec.get("ports") or []:
        kept = old.get(_identity(port))
        if not port.get("nodePort") and kept:
            port["nodePort"] = kept


def _forget_ports(spec: Object, before: Object) -> None:
    old = {port.get("nodePort") for port in before.get("ports") or []}
    for port in spec.get("ports") or []:
        if port.get("nodePort") in old:
            port.pop("nodePort", None)


def _kept_address(spec: Object, old: Object | None) -> list[dict[str, Any]]:
    """An address stays as long as the Service does, but for a time as a mere name."""
    before = (old or {}).get("spec") or {}
    had = before.get("clusterIP")
    if not had or before.get("type") == "ExternalName" or spec.get("clusterIP") == had:
        return []
    wanted = [spec.get("clusterIP")]
    return [_cause("spec.clusterIPs[0]", wanted, "may not change once set")]


def _check_ip(wanted: str, taken: set[str]) -> list[dict[str, Any]]:
    try:
        inside = ip_address(wanted) in CLUSTER_IPS
    except ValueError:
        detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        return [_cause("spec.clusterIPs[0]", f'"{wanted}"', detail)]
    if not inside:
        detail = (
            f"failed to allocate IP {wanted}: the provided network does not match the current range"
        )
        return [_cause("spec.clusterIPs", [wanted], detail)]
    if wanted in taken:
        detail = f"failed to allocate IP {wanted}: provided IP is already allocated"
        return [_cause("spec.clusterIPs", [wanted], detail)]
    return []


def _port_problem(port: int, taken: bool) -> str:
    if port not in NODE_PORTS:
        first, last = NODE_PORTS[0], NODE_PORTS[-1]
        return (
            f"provided port is not in the valid range. The range of valid ports is {first}-{last}"
        )
    return "provided port is already allocated" if taken else ""


def _cause(field: str, value: Any, detail: str) -> dict[str, Any]:
    shown = str(value).replace("'", '"')
    return {
        "reason": "FieldValueInvalid",
        "message": f"Invalid value: {shown}: {detail}",
        "field": field,
    }
