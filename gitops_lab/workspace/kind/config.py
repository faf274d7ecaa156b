"""What kind is told: the cluster's configuration, its name and its node image."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.kube import Object, yamls
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.kind.runtime import OWNER_MOUNT, Machine, Runtime

PINNED_IMAGE = (
    "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
)
"""kind's own image of kind v0.33.0, by digest."""
OFFLINE_IMAGE = "gitops-lab/kind-node:v1.37.2"
"""What scripts/kind-image builds from packages; taken where it is loaded."""
IMAGE_VARIABLE = "GITOPS_LAB_KIND_IMAGE"
NODES = "nodes"
"""The provider's option, as a plan and a record carry it: of how many nodes a cluster is."""
MOST_NODES = 9

NODE_PORTS = range(30080, 30104)
"""The cluster's whole range of NodePorts, so that each of them is reached from this machine."""
_NAME_LENGTH = 48  # a node's name, with "-control-plane" behind, is a host name


@dataclass(frozen=True)
class ClusterConfig:
    """One cluster as it is asked for. `ports` is host port by NodePort, 0 for any free one."""

    name: str
    image: str
    owner: Path
    ports: Mapping[int, int]
    machine: Machine
    nodes: int = 1

    def render(self) -> str:
        """The YAML for `kind create cluster --config`."""
        node_ports = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
        arguments = [
            ("apiServer", "service-node-port-range", node_ports),
            # It makes some hundred requests before its controllers begin, by default 20 a second.
            ("controllerManager", "kube-api-qps", "200"),
            ("controllerManager", "kube-api-burst", "400"),
            # Of each there is one. After a stop it would wait for its own lease to run out, 15 s.
            ("controllerManager", "leader-elect", "false"),
            ("scheduler", "leader-elect", "false"),
        ]
        patch: list[Object] = [{"op": "add", "path": "/scheduler/extraArgs", "value": []}]
        patch += [
            {"op": "add", "path": f"/{of}/extraArgs/-", "value": {"name": name, "value": value}}
            for of, name, value in arguments
        ]
        return yamls.dump(
            {
                "kind": "Cluster",
                "apiVersion": "kind.x-k8s.io/v1alpha4",
                "name": self.name,
                "networking": {"apiServerAddress": "127.0.0.1"},
                "featureGates": {"KubeletInUserNamespace": True} if self.machine.restricted else {},
                "kubeadmConfigPatches": self._kubelet_patches(),
                "kubeadmConfigPatchesJSON6902": [
                    {
                        "group": "kubeadm.k8s.io",
                        "version": "v1beta4",
                        "kind": "ClusterConfiguration",
                        "patch": yamls.dump(patch),
                    }
                ],
                "nodes": [self._first(), *(self._node("worker") for _ in range(1, self.nodes))],
            }
        )

    def _kubelet_patches(self) -> list[str]:
        # By default a mounted ConfigMap follows its object after up to a minute.
        kubelet: dict[str, Any] = {"kind": "KubeletConfiguration", "syncFrequency": "1s"}
        if self.machine.cgroup_version == "1":
            kubelet["failCgroupV1"] = False
        return [yamls.dump({"apiVersion": "kubelet.config.k8s.io/v1beta1", **kubelet})]

    def _first(self) -> dict[str, Any]:
        # It answers for the pods of all: kube-proxy sends on what reaches a NodePort.
        return {
            **self._node("control-plane"),
            "extraPortMappings": [
                {"containerPort": inside, "hostPort": outside, "listenAddress": "127.0.0.1"}
                for inside, outside in self.ports.items()
            ],
        }

    def _node(self, role: str) -> dict[str, Any]:
        return {
            "role": role,
            "image": self.image,
            "labels": {"gitops-lab.dev/made-by": "gitops-lab"},
            "extraMounts": [
                {"hostPath": str(self.owner), "containerPath": OWNER_MOUNT, "readOnly": True}
            ],
        }


def cluster_name(folder: Folder, cluster: str) -> str:
    """The name that kind and Docker know the cluster by; what they don't take gets a digest."""
    wanted = f"gitops-lab-{folder.name}-{cluster}"
    plain = re.sub(r"[^a-z0-9-]", "-", wanted.lower())
    if plain == wanted and len(plain) <= _NAME_LENGTH:
        return plain
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    return f"{plain[: _NAME_LENGTH - 9].rstrip('-')}-{digest}"


def node_image(runtime: Runtime) -> str:
    """The image of the nodes: the one named, else ours where it is loaded, else kind's own."""
    named = os.environ.get(IMAGE_VARIABLE)
    if named:
        return named
    # kind takes a name without a host for Docker Hub's; Podman gives what it loads a host.
    names = (f"localhost/{OFFLINE_IMAGE}", OFFLINE_IMAGE)
    offline = names if runtime.program == "podman" else (OFFLINE_IMAGE,)
    return next((name for name in offline if runtime.has_image(name)), PINNED_IMAGE)
