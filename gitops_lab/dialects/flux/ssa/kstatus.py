"""How well an object is, by the rules of kstatus, which Flux's health checks follow. Pure.

They are not those of `engine.health`, which are Argo CD's: a Service of type LoadBalancer needs no
address, a Job counts when it has ended, a kind without conditions is well by being there.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from gitops_lab.kube.objects import Object, condition_of, group_of


class Health(StrEnum):
    """kstatus' words."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


def assess(obj: Object) -> Health:
    """The health of a live object."""
    general = _general(obj)
    if general is not None:
        return general
    rule = _RULES.get((group_of(obj["apiVersion"]), obj["kind"]), _by_ready)
    return rule(obj)


def _general(obj: Object) -> Health | None:
    """What counts for all kinds: deletion, the generation that was seen, two conditions."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    if "deletionTimestamp" in metadata:
        return Health.TERMINATING
    seen = status.get("observedGeneration") if isinstance(status, dict) else None
    if isinstance(seen, int) and "generation" in metadata and seen != metadata["generation"]:
        return Health.IN_PROGRESS
    if _says(obj, "Reconciling"):
        return Health.IN_PROGRESS
    return Health.FAILED if _says(obj, "Stalled") else None


def _says(obj: Object, kind: str, status: str = "True") -> bool:
    return (condition_of(obj, kind) or {}).get("status") == status


def _by_ready(obj: Object) -> Health:
    ready = condition_of(obj, "Ready")
    return _when(ready is None or ready.get("status") == "True")


def _when(good: bool) -> Health:
    return Health.CURRENT if good else Health.IN_PROGRESS


def _number(obj: Object, part: str, name: str, default: int = 0) -> int:
    value = (obj.get(part) or {}).get(name)
    return value if isinstance(value, int) else default


def _deployment(obj: Object) -> Health:
    progress = condition_of(obj, "Progressing") or {}
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return Health.FAILED
    wanted, there = _number(obj, "spec", "replicas", 1), _number(obj, "status", "replicas")
    updated = _number(obj, "status", "updatedReplicas")
    ready = _number(obj, "status", "readyReplicas")
    available = _number(obj, "status", "availableReplicas")
    if wanted > there or wanted > updated or there > wanted or updated > available:
        return Health.IN_PROGRESS
    patient = "progressDeadlineSeconds" not in obj.get("spec", {})
    rolled_out = patient or (
        progress.get("status") == "True" and progress.get("reason") == "NewReplicaSetAvailable"
    )
    return _when(wanted <= ready and rolled_out and _says(obj, "Available"))


def _stateful_set(obj: Object) -> Health:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return Health.CURRENT
    wanted, there = _number(obj, "spec", "replicas", 1), _number(obj, "status", "replicas")
    if there != wanted or wanted > _number(obj, "status", "readyReplicas"):
        return Health.IN_PROGRESS
    partition = (strategy.get("rollingUpdate") or {}).get("partition", -1)
    if partition not in (-1, None):
        return _when(_number(obj, "status", "updatedReplicas") >= wanted - partition)
    if wanted > _number(obj, "status", "currentReplicas"):
        return Health.IN_PROGRESS
    return _when(status.get("currentRevision") == status.get("updateRevision"))


def _replica_set(obj: Object) -> Health:
    wanted = _number(obj, "spec", "replicas", 1)
    counts = ("fullyLabeledReplicas", "availableReplicas", "readyReplicas")
    enough = all(_number(obj, "status", name) >= wanted for name in counts)
    too_many = _number(obj, "status", "replicas") > wanted
    return _when(enough and not too_many and not _says(obj, "ReplicaFailure"))


def _daemon_set(obj: Object) -> Health:
    wanted = _number(obj, "status", "desiredNumberScheduled", -1)
    counts = (
        "currentNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberReady",
    )
    seen = "observedGeneration" in (obj.get("status") or {})
    return _when(seen and wanted >= 0 and all(_number(obj, "status", n) >= wanted for n in counts))


def _claim(obj: Object) -> Health:
    return _when((obj.get("status") or {}).get("phase") == "Bound")


def _pod(obj: Object) -> Health:
    status = obj.get("status") or {}
    phase = status.get("phase")
    if phase in ("Succeeded", "Failed"):
        return Health.CURRENT
    if phase == "Running":
        if _says(obj, "Ready"):
            return Health.CURRENT
        return Health.FAILED if _crash_loops(status) else Health.IN_PROGRESS
    scheduled = condition_of(obj, "PodScheduled") or {}
    return Health.FAILED if scheduled.get("reason") == "Unschedulable" else Health.IN_PROGRESS


def _crash_loops(status: dict[str, Any]) -> bool:
    return any(
        ((one.get("state") or {}).get("waiting") or {}).get("reason") == "CrashLoopBackOff"
        for one in status.get("containerStatuses") or []
    )


def _job(obj: Object) -> Health:
    """A Job counts when it has ended, as Flux's own reader of Jobs has it."""
    if _says(obj, "Failed"):
        return Health.FAILED
    return _when(_says(obj, "Complete"))


def _service(obj: Object) -> Health:
    spec = obj.get("spec") or {}
    return _when(spec.get("type") != "LoadBalancer" or bool(spec.get("clusterIP")))


def _definition(obj: Object) -> Health:
    if _says(obj, "NamesAccepted", "False"):
        return Health.FAILED
    established = condition_of(obj, "Established") or {}
    if established.get("status") == "False" and established.get("reason") != "Installing":
        return Health.FAILED
    return _when(established.get("status") == "True")


def _always(_: Object) -> Health:
    return Health.CURRENT


_RULES: dict[tuple[str, str], Callable[[Object], Health]] = {
    ("", "Service"): _service,
    ("", "Pod"): _pod,
    ("", "Secret"): _always,
    ("", "ConfigMap"): _always,
    ("", "PersistentVolumeClaim"): _claim,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("policy", "PodDisruptionBudget"): _always,
    ("batch", "CronJob"): _always,
    ("batch", "Job"): _job,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}
