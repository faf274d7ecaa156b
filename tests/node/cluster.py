"""A whole small cluster for tests: API server, controllers and node, each as it is in life."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab import samples
from gitops_lab.controllers import Manager
from gitops_lab.kube import Client, Object
from gitops_lab.node import Node, NodeConfig
from tests.apiserver.servers import RunningServer
from tests.waiting import eventually

KUBELET_TOKEN = "node-secret"


@dataclass(frozen=True)
class ShellImage:
    """An image whose entry point is a shell."""

    reference: str = "test/sh:1"
    command: tuple[str, ...] = ("sh", "-c")
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()


class Cluster:
    """Up between `start` and `stop`; the node can be restarted alone."""

    def __init__(self, folder: Path, *, single_loopback: bool = False) -> None:
        self.folder = folder
        self.single_loopback = single_loopback
        self.server = RunningServer(folder / "server", kubelet_token=KUBELET_TOKEN, accounts=True)
        self.client: Client
        self.node: Node
        self._manager: Manager

    def start(self) -> "Cluster":
        (self.folder / "server").mkdir(parents=True, exist_ok=True)
        self.server.start()
        self.client = self.server.client()
        ca_file = self.server.config().ca_file
        self._manager = Manager(self.server.client(), ca_file=ca_file)
        self._manager.start()
        self.start_node()
        return self

    def start_node(self, **changes: Any) -> None:
        self.node = Node(self.server.client(), self.config(**changes))
        self.node.start()

    def config(self, **changes: Any) -> NodeConfig:
        tls = self.server.config()
        settings: dict[str, Any] = {
            "root": self.folder / "node",
            "images": {**samples.catalog(), "test/sh:1": ShellImage()},
            "kubelet_token": KUBELET_TOKEN,
            "cert_file": tls.cert_file,
            "key_file": tls.key_file,
            "single_loopback": self.single_loopback,
            "backoff_seconds": 0.2,
        }
        return NodeConfig(**{**settings, **changes})

    def stop(self) -> None:
        self.node.stop()
        self._manager.stop()
        self.server.stop()


class Space:
    """A namespace of a cluster, with the shortest ways to what tests look at."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.client, self.name = cluster, cluster.client, name
        self.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def create(self, api_version: str, kind: str, name: str, **content: Any) -> Object:
        metadata = {"name": name, "namespace": self.name, **content.pop("metadata", {})}
        obj = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
        return self.client.create(obj)

    def pod(self, name: str = "web", *, metadata: Object | None = None, **spec: Any) -> Object:
        return self.create("v1", "Pod", name, metadata=metadata or {}, spec=spec)

    def get(self, name: str, kind: str = "Pod", api_version: str = "v1") -> Object:
        return self.client.get(api_version, kind, name, self.name)

    def status(self, name: str = "web") -> Object:
        return dict(self.get(name).get("status") or {})

    def container(self, name: str = "web") -> Object:
        return dict(self.status(name)["containerStatuses"][0])

    def events(self, name: str) -> list[tuple[str, str]]:
        items = self.client.list("v1", "Event", self.name).items
        return [(e["reason"], e["message"]) for e in items if e["involvedObject"]["name"] == name]

    def until_ready(self, name: str = "web") -> Object:
        def ready() -> bool:
            conditions = {c["type"]: c["status"] for c in self.status(name).get("conditions", [])}
            return conditions.get("Ready") == "True"

        eventually(ready, interval=0.01)
        return self.get(name)

    def kubectl(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        command = self.kubectl_command(*arguments)
        options = {"capture_output": True, "text": True, "timeout": 30, "check": True, **options}
        return subprocess.run(command, env=self.kubectl_environment(), **options)

    def kubectl_command(self, *arguments: str) -> list[str]:
        kubectl = str(Path(sys.executable).with_name("kubectl"))
        kubeconfig = f"--kubeconfig={self.cluster.server.kubeconfig}"
        return [kubectl, kubeconfig, f"--namespace={self.name}", *arguments]

    def kubectl_environment(self) -> dict[str, str]:
        return {"HOME": str(self.cluster.folder / "home"), "PATH": os.environ["PATH"]}


def shell(script: str, **more: Any) -> Object:
    """A container that runs a script."""
    return {"name": "main", "image": "test/sh:1", "args": [script], **more}


def web(version: str = "1.0", **more: Any) -> Object:
    """A container of the web sample."""
    probe = {"httpGet": {"path": "/readyz", "port": 8080}}
    return {
        "name": "web",
        "image": f"gitops-lab/web:{version}",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": probe,
        **more,
    }
