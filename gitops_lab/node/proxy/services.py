"""Keeps the listeners of all Services, and tells where each is reached."""

import asyncio
import errno
import itertools
import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of, uid_of
from gitops_lab.node.addresses import LOOPBACK
from gitops_lab.node.events import Event
from gitops_lab.node.machine import Machine
from gitops_lab.node.pods.environment import service_variables
from gitops_lab.node.proxy.backends import SERVICE_LABEL, Backend, backends, rotated
from gitops_lab.node.proxy.listener import Listener
from gitops_lab.node.proxy.ports import MovedPorts

log = logging.getLogger(__name__)

URL_ANNOTATION = "gitops-lab.dev/url"
_MANAGER = "gitops-lab-node"

Name = tuple[str, str]  # namespace and name


@dataclass(frozen=True)
class Wanted:
    """One listener that a Service needs. `node_port` is 0 for its cluster address."""

    port_name: str
    port: int
    node_port: int
    address: str


@dataclass
class Served:
    """A Service and its listeners."""

    service: Object
    listeners: dict[Wanted, Listener] = field(default_factory=dict)


class ServiceProxy:
    """Used on the node's event loop only."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._services: dict[Name, Served] = {}
        self._slices: dict[Name, dict[str, Object]] = {}
        self._moved = MovedPorts(machine.config.root / "moved-ports.json")
        self._turns = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- news

    def service_seen(self, event: str, service: Object) -> None:
        """News of a Service."""
        name = (namespace_of(service), name_of(service))
        served = self._services.get(name)
        if served is not None and uid_of(served.service) != uid_of(service):
            self._close(name)
            served = None
        if event == "DELETED":
            self._close(name)
            return
        if served is None:
            served = self._services[name] = Served(service)
        served.service = service
        self._listen(name, served)

    def slice_seen(self, event: str, part: Object) -> None:
        """News of an EndpointSlice."""
        service = (part["metadata"].get("labels") or {}).get(SERVICE_LABEL)
        if not service:
            return
        slices = self._slices.setdefault((namespace_of(part), service), {})
        if event == "DELETED":
            slices.pop(name_of(part), None)
        else:
            slices[name_of(part)] = part

    def close(self) -> None:
        """Take no more connections."""
        for name in list(self._services):
            self._close(name)

    def variables(self, namespace: str) -> dict[str, str]:
        """By which variables a pod of that namespace finds Services, and the API."""
        own = [
            _described(served)
            for (where, _), served in self._services.items()
            if where == namespace and served.listeners
        ]
        api = urlsplit(self._machine.api.client.server)
        kubernetes = {"name": "kubernetes", "host": api.hostname, "ports": [("https", api.port)]}
        return service_variables([*own, kubernetes])

    def addresses_of(self, namespace: str, service: str, port: int | str) -> list[tuple[str, int]]:
        """The endpoints of a Service's port (by number or name), the next one first."""
        served = self._services.get((namespace, service))
        for each in (served.service.get("spec") or {}).get("ports") or [] if served else ():
            if port in (each["port"], each.get("name")):
                return self._addresses((namespace, service), each.get("name") or "")
        return []

    # -- listeners

    def _listen(self, name: Name, served: Served) -> None:
        wanted = _wanted(served.service)
        for one in set(served.listeners) - set(wanted):
            served.listeners.pop(one).close()
        for one in wanted:
            if one not in served.listeners:
                served.listeners[one] = self._open(name, served.service, one)
        self._announce(served)

    def _open(self, name: Name, service: Object, wanted: Wanted) -> Listener:
        if wanted.node_port:
            listener = self._open_node_port(service, wanted.node_port)
        else:
            listener = self._open_cluster_port(wanted)
        listener.serve(lambda: self._addresses(name, wanted.port_name))
        return listener

    def _open_node_port(self, service: Object, declared: int) -> Listener:
        moved = self._moved.get(uid_of(service), declared)
        for port in filter(None, (moved, declared)):
            try:
                return Listener(LOOPBACK, port)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
        listener = Listener(LOOPBACK, 0)
        port = listener.address[1]
        self._moved.put(uid_of(service), declared, port)
        message = (
            f"node port {declared} of {LOOPBACK} is taken by another program: "
            f"listening on http://{LOOPBACK}:{port} instead"
        )
        self._machine.recorder.record(
            Event(service, "Warning", "PortMoved", message, component="kube-proxy")
        )
        return listener

    def _open_cluster_port(self, wanted: Wanted) -> Listener:
        """On the cluster address where that is local, else on a free port for the variables."""
        if not self._machine.addresses.single_loopback:
            try:
                return Listener(wanted.address, wanted.port)
            except OSError as error:
                log.debug("not listening on %s:%d: %s", wanted.address, wanted.port, error)
        return Listener(LOOPBACK, 0)

    def _close(self, name: Name) -> None:
        served = self._services.pop(name, None)
        for listener in served.listeners.values() if served else ():
            listener.close()

    # -- connections

    def _addresses(self, name: Name, port_name: str) -> list[tuple[str, int]]:
        found = backends(self._slices.get(name, {}).values(), port_name)
        return [self._locate(one) for one in rotated(found, next(self._turns))]

    def _locate(self, backend: Backend) -> tuple[str, int]:
        place = self._machine.addresses.place(backend.pod)
        return place.real(backend.port) if place else (backend.address, backend.port)

    # -- where it is reached

    def _announce(self, served: Served) -> None:
        url = _url(served)
        if url and annotations_of(served.service).get(URL_ANNOTATION) != url:
            task = asyncio.create_task(self._annotate(served.service, url))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _annotate(self, service: Object, url: str) -> None:
        api = self._machine.api
        patch = {"metadata": {"uid": uid_of(service), "annotations": {URL_ANNOTATION: url}}}
        named = {"apiVersion": "v1", "kind": "Service", "metadata": service["metadata"]}
        try:
            await api.call(api.client.patch, named, patch, field_manager=_MANAGER)
        except ApiError as error:
            log.info("telling the address of service %s: %s", name_of(service), error)


def _wanted(service: Object) -> list[Wanted]:
    spec = service.get("spec") or {}
    cluster_ip = spec.get("clusterIP") or ""
    if spec.get("type") == "ExternalName" or cluster_ip == "None":
        return []
    wanted: list[Wanted] = []
    for port in spec.get("ports") or []:
        if port.get("protocol", "TCP") != "TCP":
            continue
        name, number = port.get("name") or "", int(port["port"])
        if port.get("nodePort"):
            wanted.append(Wanted(name, number, int(port["nodePort"]), LOOPBACK))
        if cluster_ip:
            wanted.append(Wanted(name, number, 0, cluster_ip))
    return wanted


def _url(served: Served) -> str:
    for wanted, listener in served.listeners.items():
        if wanted.node_port:
            return f"http://{LOOPBACK}:{listener.address[1]}"
    return ""


def _described(served: Served) -> dict[str, object]:
    inside = {w: one for w, one in served.listeners.items() if not w.node_port}
    hosts = {one.address[0] for one in inside.values()}
    host = hosts.pop() if len(hosts) == 1 else LOOPBACK
    ports = [(wanted.port_name, one.address[1]) for wanted, one in inside.items()]
    return {"name": name_of(served.service), "host": host, "ports": ports}
