"""The Node objects of this machine, and the leases by which others see that it lives."""

import asyncio
import hashlib
import logging
import os
import platform
from decimal import Decimal

from gitops_lab.kube import Object
from gitops_lab.kube.errors import AlreadyExists, ApiError, NotFound
from gitops_lab.node import times
from gitops_lab.node.machine import Machine

log = logging.getLogger(__name__)

_LEASES = "kube-node-lease"
_AGAIN_SECONDS = 2.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
VERSION = "v1.37.0+embedded"


async def register(machine: Machine, port: int) -> None:
    """Make or renew all Node objects; `port` is where the endpoint listens."""
    names = machine.config.names
    await asyncio.gather(*(_register_one(machine, name, port) for name in names))


async def _register_one(machine: Machine, name: str, port: int) -> None:
    node, client = _node(machine, name, port), machine.api.client
    try:
        await machine.api.call(client.create, node)
    except AlreadyExists:
        patch = {"metadata": {"labels": node["metadata"]["labels"]}}
        await machine.api.call(client.patch, node, patch)
    status = {"status": node["status"]}
    await machine.api.call(client.patch, node, status, subresource="status")


async def renew_leases(machine: Machine) -> None:
    """Say again and again that the nodes live."""
    while True:
        delay = machine.config.lease_seconds
        try:
            for name in machine.config.names:
                await machine.api.call(_renew, machine, name)
        except ApiError as error:
            log.info("renewing a lease: %s", error)
            delay = _AGAIN_SECONDS
        await asyncio.sleep(delay)


def _renew(machine: Machine, name: str) -> None:
    client = machine.api.client
    lease: Object = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": _LEASES},
        "spec": {
            "holderIdentity": name,
            "leaseDurationSeconds": max(40, int(machine.config.lease_seconds * 3)),
            "renewTime": times.now_micro(),
        },
    }
    try:
        client.patch(lease, {"spec": lease["spec"]})
    except NotFound:
        client.create(lease)


def _node(machine: Machine, name: str, port: int) -> Object:
    architecture = _ARCHITECTURES.get(platform.machine(), platform.machine())
    system = platform.system().lower()
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": system,
        "kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": system,
        "beta.kubernetes.io/arch": architecture,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {
            "capacity": _capacity(),
            "allocatable": _capacity(),
            "conditions": _conditions(),
            "addresses": [
                {"type": "InternalIP", "address": machine.config.host_address},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "nodeInfo": _info(name, system, architecture),
        },
    }


def _conditions() -> list[Object]:
    now = times.now()
    healthy = {
        "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        "Ready": ("KubeletReady", "kubelet is posting ready status"),
    }
    return [
        {
            "type": kind,
            "status": "True" if kind == "Ready" else "False",
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        for kind, (reason, message) in healthy.items()
    ]


def _capacity() -> dict[str, str]:
    memory = Decimal(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES") / 1024
    disk = os.statvfs("/")
    return {
        "cpu": str(os.cpu_count() or 1),
        "memory": f"{int(memory)}Ki",
        "ephemeral-storage": f"{disk.f_frsize * disk.f_blocks // 1024}Ki",
        "pods": "110",
    }


def _info(name: str, system: str, architecture: str) -> Object:
    identity = hashlib.sha256(name.encode()).hexdigest()
    return {
        "machineID": identity[:32],
        "systemUUID": identity[32:],
        "bootID": identity[:32],
        "kernelVersion": platform.release(),
        "osImage": "GitOps Lab (pods are local processes)",
        "containerRuntimeVersion": "gitops-lab://0.1.0",
        "kubeletVersion": VERSION,
        "kubeProxyVersion": "",
        "operatingSystem": system,
        "architecture": architecture,
    }
