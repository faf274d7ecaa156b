"""Listens for all Ingresses of our class, and tells each where it is reached."""

import asyncio
import logging

from gitops_lab.kube.errors import AlreadyExists, ApiError
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of, uid_of
from gitops_lab.node.addresses import LOOPBACK
from gitops_lab.node.events import Event
from gitops_lab.node.ingress.connection import Asking, Refused
from gitops_lab.node.ingress.head import Head
from gitops_lab.node.ingress.rules import Route, chosen, routes_of
from gitops_lab.node.machine import Machine
from gitops_lab.node.proxy.listener import Listener
from gitops_lab.node.proxy.ports import MovedPorts
from gitops_lab.node.proxy.services import URL_ANNOTATION, ServiceProxy
from gitops_lab.node.proxy.splice import Choose

log = logging.getLogger(__name__)

CONTROLLER = "gitops-lab.dev/ingress"
CLASS = "gitops-lab"
_API = "networking.k8s.io/v1"
_OLD_CLASS = "kubernetes.io/ingress.class"
_MANAGER = "gitops-lab-ingress"
_OWN_PORT = "ingress"

Name = tuple[str, str]


class IngressRouter:
    """Used on the node's event loop only."""

    def __init__(self, machine: Machine, proxy: ServiceProxy) -> None:
        self._machine, self._proxy = machine, proxy
        self._ingresses: dict[Name, Object] = {}
        self._routes: dict[Name, list[Route]] = {}
        self._classes: set[str] = set()
        self._told: dict[str, int] = {}  # uid: the generation that was announced
        self._ports = MovedPorts(machine.config.root / "ingress-port.json")
        self._listener: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def make_class(self) -> None:
        """The class that Ingresses name to be served here; it is nobody's default."""
        found: Object = {
            "apiVersion": _API,
            "kind": "IngressClass",
            "metadata": {"name": CLASS},
            "spec": {"controller": CONTROLLER},
        }
        try:
            await self._machine.api.call(self._machine.api.client.create, found)
        except AlreadyExists:
            return
        except ApiError as error:
            log.warning("making the class of Ingresses: %s", error)

    def close(self) -> None:
        """Take no more connections."""
        if self._listener is not None:
            self._listener.close()

    # -- news

    def class_seen(self, event: str, found: Object) -> None:
        """News of an IngressClass: those with our controller are ours."""
        ours = (found.get("spec") or {}).get("controller") == CONTROLLER
        if event == "DELETED" or not ours:
            self._classes.discard(name_of(found))
        else:
            self._classes.add(name_of(found))
        for name in list(self._ingresses):
            self._look(name)

    def ingress_seen(self, event: str, ingress: Object) -> None:
        """News of an Ingress."""
        name = (namespace_of(ingress), name_of(ingress))
        if event == "DELETED":
            self._ingresses.pop(name, None)
            self._routes.pop(name, None)
            return
        self._ingresses[name] = ingress
        self._look(name)

    def _look(self, name: Name) -> None:
        ingress = self._ingresses[name]
        if class_of(ingress) not in self._classes:
            self._routes.pop(name, None)
            return
        self._routes[name] = list(routes_of(ingress))
        if self._listener is None:
            self._listener = self._listen()
        self._announce(ingress, self._listener.address[1])

    def _listen(self) -> Listener:
        """On the port of the time before, where that is free."""
        port = self._ports.get(_OWN_PORT, 0) or 0
        try:
            listener = Listener(LOOPBACK, port)
        except OSError:
            listener = Listener(LOOPBACK, 0)
        self._ports.put(_OWN_PORT, 0, listener.address[1])
        listener.serve_by(lambda keep: Asking(self._find, keep))
        return listener

    # -- requests

    def _find(self, head: Head) -> Choose:
        routes = (route for listed in self._routes.values() for route in listed)
        route = chosen(routes, head.host, head.path)
        if route is None:
            asked = f"{head.host}{head.path}"
            raise Refused(404, f"no Ingress of the class {CLASS} has a rule for {asked}")
        return lambda: self._proxy.addresses_of(route.namespace, route.service, route.port)

    # -- where it is reached

    def _announce(self, ingress: Object, port: int) -> None:
        url = _url(ingress, port)
        status = {"loadBalancer": {"ingress": [_entry(port)]}}
        if ingress.get("status") != status or annotations_of(ingress).get(URL_ANNOTATION) != url:
            task = asyncio.create_task(self._tell(ingress, url, status))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        generation = ingress["metadata"].get("generation", 0)
        if self._told.get(uid_of(ingress)) != generation:
            self._told[uid_of(ingress)] = generation
            self._record(ingress, port)

    def _record(self, ingress: Object, port: int) -> None:
        hosts = [rule["host"] for rule in ingress["spec"].get("rules") or [] if rule.get("host")]
        message = f"listening on http://{LOOPBACK}:{port}"
        if hosts:
            message += f"; send the header Host, as with curl -H 'Host: {hosts[0]}'"
        record = self._machine.recorder.record
        record(Event(ingress, "Normal", "Listening", message, component=_MANAGER))
        if ingress["spec"].get("tls"):
            message = "spec.tls is not served: this ingress controller speaks plain HTTP"
            record(Event(ingress, "Warning", "NoTLS", message, component=_MANAGER))

    async def _tell(self, ingress: Object, url: str, status: Object) -> None:
        patch = self._machine.api.client.patch
        metadata = {"uid": uid_of(ingress)}
        named = {"apiVersion": _API, "kind": "Ingress", "metadata": ingress["metadata"]}
        noted = {"metadata": {**metadata, "annotations": {URL_ANNOTATION: url}}}
        shown = {"metadata": metadata, "status": status}
        call = self._machine.api.call
        try:
            await call(patch, named, noted, field_manager=_MANAGER)
            await call(patch, named, shown, subresource="status", field_manager=_MANAGER)
        except ApiError as error:
            log.info("telling the address of ingress %s: %s", name_of(ingress), error)


def class_of(ingress: Object) -> str:
    """The class that an Ingress names, also in the old way; "" when it names none."""
    named = (ingress.get("spec") or {}).get("ingressClassName")
    return str(named or annotations_of(ingress).get(_OLD_CLASS, ""))


def _entry(port: int) -> Object:
    return {"ip": LOOPBACK, "ports": [{"port": port, "protocol": "TCP"}]}


def _url(ingress: Object, port: int) -> str:
    """A name below localhost leads here by itself; other hosts need the header."""
    hosts = (rule.get("host") or "" for rule in ingress["spec"].get("rules") or [])
    local = next((host for host in hosts if host.endswith(".localhost")), LOOPBACK)
    return f"http://{local}:{port}"
