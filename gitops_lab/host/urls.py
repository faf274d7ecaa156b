"""Writes on each Service of type NodePort where it answers on this machine.

On the embedded cluster the node does that, as it knows its own listeners. Elsewhere the provider
knows which port of this machine leads to which NodePort, and this follows the Services.
"""

import logging
from collections.abc import Mapping

from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import annotations_of, name_of, namespace_of

log = logging.getLogger(__name__)

URL_ANNOTATION = "gitops-lab.dev/url"
_MANAGER = "gitops-lab-urls"


class ServiceUrls:
    """Follows the Services of one cluster; does nothing where no NodePort is led to."""

    def __init__(self, client: Client, node_ports: Mapping[int, int]) -> None:
        self._client = client
        self._node_ports = node_ports
        self._informer = Informer(client, "v1", "Service", on_event=self._seen)

    def start(self) -> None:
        """Begin; returns at once."""
        if self._node_ports:
            self._informer.start()

    def stop(self) -> None:
        """End."""
        if self._node_ports:
            self._informer.stop()

    def url(self, service: Object) -> str:
        """Where it answers on this machine; "" when nowhere."""
        ports = (service.get("spec") or {}).get("ports") or []
        declared = (port.get("nodePort") for port in ports if port.get("protocol") != "UDP")
        reached = (self._node_ports.get(port) for port in declared)
        port = next((port for port in reached if port), 0)
        return f"http://127.0.0.1:{port}" if port else ""

    def _seen(self, event: str, service: Object, old: Object | None) -> None:
        wanted = self.url(service)
        if event == "DELETED" or annotations_of(service).get(URL_ANNOTATION, "") == wanted:
            return
        key = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name_of(service), "namespace": namespace_of(service)},
        }
        patch = {"metadata": {"annotations": {URL_ANNOTATION: wanted or None}}}
        try:
            self._client.patch(key, patch, field_manager=_MANAGER)
        except ApiError as error:
            log.warning("the URL of Service %s: %s", name_of(service), error)
