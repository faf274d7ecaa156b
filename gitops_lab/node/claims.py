"""Claims come before pods: the part of the scheduler that has volumes bound."""

from dataclasses import dataclass

from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of
from gitops_lab.node.machine import Machine

KIND = "PersistentVolumeClaim"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
_BIND_COMPLETED = "pv.kubernetes.io/bind-completed"


@dataclass(frozen=True)
class Claims:
    """How the claims of a pod stand: bound, waiting for the pod's node, or in its way."""

    problem: str = ""
    waiting: tuple[Object, ...] = ()


def claim_names(pod: Object) -> list[str]:
    """The claims that a pod mounts."""
    volumes = pod["spec"].get("volumes") or []
    claims = (volume.get("persistentVolumeClaim") for volume in volumes)
    return [str(claim["claimName"]) for claim in claims if claim]


def is_bound(claim: Object) -> bool:
    """Whether a claim has its volume."""
    return bool(claim["spec"].get("volumeName")) and _BIND_COMPLETED in annotations_of(claim)


async def claims_of(machine: Machine, pod: Object) -> Claims:
    """How they stand now; from now on a change of them is told. Raises ApiError."""
    waiting: list[Object] = []
    for name in claim_names(pod):
        claim = await machine.get(KIND, namespace_of(pod), name)
        if claim is None:
            return Claims(f'persistentvolumeclaim "{name}" not found')
        if is_bound(claim):
            continue
        if not await _is_delayed(machine, claim):
            return Claims("pod has unbound immediate PersistentVolumeClaims")
        waiting.append(claim)
    return Claims("", tuple(waiting))


async def ask_for_volumes(machine: Machine, claims: Claims, node: str) -> None:
    """Say which node the claims' first pod goes to. Raises ApiError."""
    for claim in claims.waiting:
        if annotations_of(claim).get(SELECTED_NODE) == node:
            continue
        change = {"metadata": {"annotations": {SELECTED_NODE: node}}}
        place = {"apiVersion": "v1", "kind": KIND, "metadata": claim["metadata"]}
        api = machine.api
        await api.call(api.client.patch, place, change, field_manager="kube-scheduler")


async def _is_delayed(machine: Machine, claim: Object) -> bool:
    named = claim["spec"].get("storageClassName")
    if not named:
        return False
    api = machine.api
    try:
        found = await api.call(api.client.get, "storage.k8s.io/v1", "StorageClass", named)
    except NotFound:
        return False
    return bool(found.get("volumeBindingMode") == "WaitForFirstConsumer")


def folder_of(claim: Object | None, name: str) -> str:
    """The name of the folder behind a claim. Raises ValueError with a kubelet's words."""
    if claim is None:
        raise ValueError(f'persistentvolumeclaim "{name}" not found')
    if not is_bound(claim):
        raise ValueError(f'persistentvolumeclaim "{name_of(claim)}" is not bound')
    return str(claim["spec"]["volumeName"])
