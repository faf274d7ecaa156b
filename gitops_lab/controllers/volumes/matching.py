"""Which volume fits a claim, and the volume that is made for one. Pure."""

from collections.abc import Iterable
from decimal import Decimal

from gitops_lab.controllers.framework.selectors import matches
from gitops_lab.controllers.volumes.classes import class_of
from gitops_lab.kube.objects import (
    Object,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from gitops_lab.kube.quantities import amount

PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
STORAGE_PROVISIONERS = (
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-provisioner",
)


def requested(claim: Object) -> Decimal:
    """How much storage a claim asks for."""
    resources = claim["spec"].get("resources") or {}
    return amount((resources.get("requests") or {}).get("storage") or 0)


def capacity(volume: Object) -> Decimal:
    """How much a volume has."""
    return amount((volume["spec"].get("capacity") or {}).get("storage") or 0)


def is_for(volume: Object, claim: Object) -> bool:
    """Whether the volume is reserved for this very claim."""
    reference = volume["spec"].get("claimRef") or {}
    named = (reference.get("namespace"), reference.get("name"))
    same = named == (namespace_of(claim), name_of(claim))
    return same and reference.get("uid", uid_of(claim)) in ("", uid_of(claim))


def mismatch(volume: Object, claim: Object) -> str:
    """Why a volume can't serve a claim; "" when it can."""
    if is_terminating(volume):
        return f'the volume is marked for deletion "{name_of(volume)}"'
    if capacity(volume) < requested(claim):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    modes = (claim["spec"].get("volumeMode"), volume["spec"].get("volumeMode"))
    if (modes[0] or "Filesystem") != (modes[1] or "Filesystem"):
        return "incompatible volumeMode"
    offered = volume["spec"].get("accessModes") or []
    if not set(claim["spec"].get("accessModes") or []) <= set(offered):
        return "incompatible accessMode"
    return ""


def best_match(claim: Object, volumes: Iterable[Object], *, reserved_only: bool) -> Object | None:
    """The volume that is reserved for the claim, or else the smallest that fits."""
    free: list[Object] = []
    for volume in volumes:
        if mismatch(volume, claim):
            continue
        if is_for(volume, claim):
            return volume
        selector = claim["spec"].get("selector")
        is_wanted = selector is None or matches(selector, labels_of(volume))
        phase = (volume.get("status") or {}).get("phase")
        if not volume["spec"].get("claimRef") and is_wanted and phase == "Available":
            free.append(volume)
    if reserved_only:
        return None
    return min(free, key=lambda one: (capacity(one), name_of(one)), default=None)


def claim_reference(claim: Object) -> Object:
    """How a volume names its claim."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": namespace_of(claim),
        "name": name_of(claim),
        "uid": uid_of(claim),
        "resourceVersion": claim["metadata"]["resourceVersion"],
    }


def new_volume(claim: Object, storage_class: Object) -> Object:
    """The volume that a class's provisioner makes for a claim."""
    name, provisioner = f"pvc-{uid_of(claim)}", storage_class["provisioner"]
    spec: Object = {
        "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
        "claimRef": claim_reference(claim),
        "csi": {"driver": provisioner, "volumeHandle": name},
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
        "storageClassName": name_of(storage_class),
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
    }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: provisioner}},
        "spec": spec,
    }
