"""Argo CD's own health of built-in kinds, with its messages: a hook or a wave shows them. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.kube import Object
from gitops_lab.kube.objects import GroupKind, condition_of, name_of

Rule = Callable[[Object], Health]
_PROGRESSING, _DEGRADED = HealthStatus.PROGRESSING, HealthStatus.DEGRADED
_HEALTHY = HealthStatus.HEALTHY


def pod(obj: Object) -> Health:
    """One that is to stay is well when it is ready; one that is to end, when it has succeeded."""
    status, policy = _status(obj), _spec(obj).get("restartPolicy", "Always")
    said = str(status.get("message", ""))
    if policy == "Always":
        troubles = [one for one in _containers(status, "containerStatuses") if _is_stuck(one)]
        if troubles:
            told = [str(one["state"]["waiting"].get("message", "")) for one in troubles]
            return Health(_DEGRADED, ", ".join(told))
    match status.get("phase"):
        case "Pending":
            return Health(_PROGRESSING, said)
        case "Succeeded":
            return Health(_HEALTHY, said)
        case "Failed":
            return Health(_DEGRADED, said or _why_failed(status))
        case "Running":
            return _running(obj, said) if policy == "Always" else Health(_PROGRESSING, said)
    return Health(HealthStatus.UNKNOWN, said)


def job(obj: Object) -> Health:
    """As its conditions say."""
    conditions = {one.get("type"): one for one in _status(obj).get("conditions") or []}
    if "Failed" in conditions:
        return Health(_DEGRADED, str(conditions["Failed"].get("message", "")))
    if conditions.get("Suspended", {}).get("status") == "True":
        return Health(HealthStatus.SUSPENDED)
    for kind in ("Suspended", "Complete"):
        if kind in conditions:
            return Health(_HEALTHY, str(conditions[kind].get("message", "")))
    return Health(_PROGRESSING)


def deployment(obj: Object) -> Health:
    """Rolled out, and available."""
    spec, status = _spec(obj), _status(obj)
    if spec.get("paused"):
        return Health(HealthStatus.SUSPENDED, "Deployment is paused")
    if not _is_observed(obj):
        return _waiting("observed deployment generation less than desired generation")
    if (condition_of(obj, "Progressing") or {}).get("reason") == "ProgressDeadlineExceeded":
        return Health(_DEGRADED, f'Deployment "{name_of(obj)}" exceeded its progress deadline')
    updated, wanted = _count(status, "updatedReplicas"), _count(spec, "replicas", 1)
    total, available = _count(status, "replicas"), _count(status, "availableReplicas")
    if updated < wanted:
        return _waiting(f"{updated} out of {wanted} new replicas have been updated...")
    if total > updated:
        return _waiting(f"{total - updated} old replicas are pending termination...")
    if available < updated:
        return _waiting(f"{available} of {updated} updated replicas are available...")
    return Health(_HEALTHY)


def replica_set(obj: Object) -> Health:
    """All replicas available."""
    if not _is_observed(obj):
        return _waiting("observed replica set generation less than desired generation")
    failure = condition_of(obj, "ReplicaFailure") or {}
    if failure.get("status") == "True":
        return Health(_DEGRADED, str(failure.get("message", "")))
    wanted, there = _count(_spec(obj), "replicas", 1), _count(_status(obj), "availableReplicas")
    if there < wanted:
        return _waiting(f"{there} out of {wanted} new replicas are available...")
    return Health(_HEALTHY)


def stateful_set(obj: Object) -> Health:
    """All replicas ready, at one revision."""
    spec, status = _spec(obj), _status(obj)
    if not status.get("observedGeneration") or not _is_observed(obj):
        return Health(_PROGRESSING, "Waiting for statefulset spec update to be observed...")
    wanted, ready = _count(spec, "replicas", 1), _count(status, "readyReplicas")
    if ready < wanted:
        return Health(_PROGRESSING, f"Waiting for {wanted - ready} pods to be ready...")
    strategy = spec.get("updateStrategy") or {}
    updated = _count(status, "updatedReplicas")
    if strategy.get("type") == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
        return _partitioned(updated, wanted - int(strategy["rollingUpdate"].get("partition") or 0))
    if strategy.get("type") == "OnDelete":
        return Health(_HEALTHY, f"statefulset has {ready} ready pods")
    current, newest = status.get("currentRevision"), status.get("updateRevision")
    if current != newest:
        said = "waiting for statefulset rolling update to complete"
        return Health(_PROGRESSING, f"{said} {updated} pods at revision {newest}...")
    pods = _count(status, "currentReplicas")
    said = "statefulset rolling update complete"
    return Health(_HEALTHY, f"{said} {pods} pods at revision {current}...")


def daemon_set(obj: Object) -> Health:
    """One available pod on each node."""
    status = _status(obj)
    wanted, updated = (
        _count(status, "desiredNumberScheduled"),
        _count(status, "updatedNumberScheduled"),
    )
    available = _count(status, "numberAvailable")
    if not _is_observed(obj):
        return _waiting("observed daemon set generation less than desired generation")
    if (_spec(obj).get("updateStrategy") or {}).get("type") == "OnDelete":
        told = f"daemon set {updated} out of {wanted} new pods have been updated"
        return Health(_HEALTHY, told)
    named = f'Waiting for daemon set "{name_of(obj)}" rollout to finish:'
    if updated < wanted:
        told = f"{named} {updated} out of {wanted} new pods have been updated..."
        return Health(_PROGRESSING, told)
    if available < wanted:
        told = f"{named} {available} of {wanted} updated pods are available..."
        return Health(_PROGRESSING, told)
    return Health(_HEALTHY)


def claim(obj: Object) -> Health:
    """Bound."""
    words = {"Lost": _DEGRADED, "Pending": _PROGRESSING, "Bound": _HEALTHY}
    return Health(words.get(str(_status(obj).get("phase")), HealthStatus.UNKNOWN))


def balanced(obj: Object) -> Health:
    """A load balancer has an address; other Services are well as they are."""
    if obj.get("kind") == "Service" and _spec(obj).get("type") != "LoadBalancer":
        return Health(_HEALTHY)
    there = (_status(obj).get("loadBalancer") or {}).get("ingress")
    return Health(_HEALTHY if there else _PROGRESSING)


def application_set(obj: Object) -> Health:
    """Degraded when an error occurred; well otherwise, be it before the first look."""
    for condition in _status(obj).get("conditions") or ():
        said = str(condition.get("message", ""))
        if condition.get("status") == "True" and condition.get("type") == "ErrorOccurred":
            return Health(_DEGRADED, said)
        if condition.get("status") == "True" and condition.get("type") == "ResourcesUpToDate":
            return Health(_HEALTHY, said)
    return Health(_HEALTHY)


RULES: dict[GroupKind, Rule] = {
    GroupKind("", "Pod"): pod,
    GroupKind("", "PersistentVolumeClaim"): claim,
    GroupKind("", "Service"): balanced,
    GroupKind("networking.k8s.io", "Ingress"): balanced,
    GroupKind("batch", "Job"): job,
    GroupKind("apps", "Deployment"): deployment,
    GroupKind("apps", "ReplicaSet"): replica_set,
    GroupKind("apps", "StatefulSet"): stateful_set,
    GroupKind("apps", "DaemonSet"): daemon_set,
}


def _running(obj: Object, said: str) -> Health:
    if (condition_of(obj, "Ready") or {}).get("status") == "True":
        return Health(_HEALTHY, said)
    restarted = any(
        (one.get("lastState") or {}).get("terminated")
        for one in _containers(_status(obj), "containerStatuses")
    )
    return Health(_DEGRADED if restarted else _PROGRESSING, said)


def _is_stuck(container: Object) -> bool:
    reason = str(((container.get("state") or {}).get("waiting") or {}).get("reason", ""))
    return reason.startswith("Err") or reason.endswith(("Error", "BackOff"))


def _why_failed(status: Object) -> str:
    for name in ("initContainerStatuses", "containerStatuses"):
        for one in _containers(status, name):
            ended = (one.get("state") or {}).get("terminated") or {}
            if ended.get("message"):
                return str(ended["message"])
            if ended.get("reason") == "OOMKilled":
                return "OOMKilled"
            if code := ended.get("exitCode"):
                return f'container "{one.get("name", "")}" failed with exit code {code}'
    return ""


def _partitioned(updated: int, wanted: int) -> Health:
    if updated < wanted:
        said = "Waiting for partitioned roll out to finish:"
        told = f"{said} {updated} out of {wanted} new pods have been updated..."
        return Health(_PROGRESSING, told)
    said = f"partitioned roll out complete: {updated} new pods have been updated..."
    return Health(_HEALTHY, said)


def _waiting(what: str) -> Health:
    return Health(_PROGRESSING, f"Waiting for rollout to finish: {what}")


def _is_observed(obj: Object) -> bool:
    generation = int(obj["metadata"].get("generation", 0))
    return generation <= int(_status(obj).get("observedGeneration", 0))


def _containers(status: Object, name: str) -> Iterator[Object]:
    yield from status.get(name) or []


def _count(values: Object, name: str, default: int = 0) -> int:
    value: Any = values.get(name)
    return default if value is None else int(value)


def _spec(obj: Object) -> Object:
    return obj.get("spec") or {}


def _status(obj: Object) -> Object:
    return obj.get("status") or {}
