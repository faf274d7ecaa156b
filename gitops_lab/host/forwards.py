"""A way to the Services that a workspace made in a cluster that isn't its own.

Neither a NodePort nor a load balancer of such a cluster need be reachable from here, but its API
is: so `kubectl port-forward` leads to each Service of type NodePort, and its address is written
where `open` and the checks look for it.
"""

import logging
import re
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from gitops_lab.host.urls import URL_ANNOTATION
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.kube.objects import annotations_of, name_of, namespace_of

log = logging.getLogger(__name__)

_MANAGER = "gitops-lab-urls"
_PAUSE = 0.5
_LISTENS = re.compile(rb"Forwarding from 127\.0\.0\.1:(\d+)")
_ENDS_WITH_US = '"$@" & child=$!; exec >&-; read -r _; kill "$child" 2>/dev/null'
"""kubectl under a shell that waits for its input to close, as it does when this process dies."""


class Forwards:
    """Follows the NodePort Services that a selector finds, and keeps a way open to each."""

    def __init__(self, client: Client, selector: str, kubeconfig: Path, context: str) -> None:
        self._client = client
        self._command = [str(kubectl()), f"--kubeconfig={kubeconfig}", f"--context={context}"]
        self._ways: dict[tuple[str, str], _Way] = {}
        self._informer = Informer(
            client, "v1", "Service", label_selector=selector, on_event=self._seen
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._informer.start()

    def stop(self) -> None:
        """End all."""
        self._informer.stop()
        for way in list(self._ways.values()):
            way.stop()

    def urls(self) -> dict[str, str]:
        """Where each Service answers, by namespace/name; those whose way is open."""
        ways = {f"{namespace}/{name}": way.url for (namespace, name), way in self._ways.items()}
        return {service: url for service, url in ways.items() if url}

    def _seen(self, event: str, service: Object, old: Object | None) -> None:
        key = (namespace_of(service), name_of(service))
        port = _port_of(service)
        way = self._ways.get(key)
        if event == "DELETED" or not port or (way is not None and way.port != port):
            if way is not None:
                way.stop()
                del self._ways[key]
            way = None
        if event != "DELETED" and port and way is None:
            self._ways[key] = _Way(self._client, service, port, self._command)
            self._ways[key].start()


def _port_of(service: Object) -> int:
    """The port to lead to; 0 for Services of other types."""
    spec = service.get("spec") or {}
    ports = [p for p in spec.get("ports") or [] if p.get("protocol", "TCP") == "TCP"]
    return int(ports[0]["port"]) if ports and spec.get("type") == "NodePort" else 0


class _Way(threading.Thread):
    """One Service: a pod that goes takes its forward along, and then there is another."""

    def __init__(self, client: Client, service: Object, port: int, command: Sequence[str]) -> None:
        super().__init__(name=f"forward-{name_of(service)}", daemon=True)
        self.port = port
        self._client = client
        self._service = service
        self._command = command
        self._local = 0
        self._stop_asked = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers on this machine; "" before it first did."""
        return f"http://127.0.0.1:{self._local}" if self._local else ""

    def stop(self) -> None:
        """End the forward."""
        self._stop_asked.set()
        if (process := self._process) is not None and process.stdin:
            process.stdin.close()

    def run(self) -> None:
        """Forward, again and again, from the same local port."""
        while not self._stop_asked.is_set():
            try:
                self._forward()
            except (OSError, ApiError) as error:
                log.info("the way to Service %s: %s", name_of(self._service), error)
            self._stop_asked.wait(_PAUSE)

    def _forward(self) -> None:
        where = [f"--namespace={namespace_of(self._service)}", "--address=127.0.0.1"]
        ports = f"{self._local or ''}:{self.port}"
        forward = ["port-forward", *where, f"service/{name_of(self._service)}", ports]
        with subprocess.Popen(
            ["/bin/sh", "-c", _ENDS_WITH_US, "sh", *self._command, *forward],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            self._process = process
            assert process.stdin
            assert process.stdout
            try:
                if self._stop_asked.is_set():
                    return
                for line in process.stdout:
                    if found := _LISTENS.match(line):
                        self._local = int(found[1])
                        self._tell()
            finally:
                process.stdin.close()

    def _tell(self) -> None:
        who = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name_of(self._service),
                "namespace": namespace_of(self._service),
            },
        }
        live = self._client.get(
            "v1", "Service", name_of(self._service), namespace_of(self._service)
        )
        if annotations_of(live).get(URL_ANNOTATION) != self.url:
            patch = {"metadata": {"annotations": {URL_ANNOTATION: self.url}}}
            self._client.patch(who, patch, field_manager=_MANAGER)
