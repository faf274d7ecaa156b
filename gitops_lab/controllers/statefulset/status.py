"""The status of a StatefulSet, and what its pods are. Pure."""

from collections.abc import Sequence
from datetime import datetime

from gitops_lab.controllers.framework.pods import (
    is_available,
    is_ready,
    seconds_until_available,
)
from gitops_lab.controllers.framework.portions import scaled_value
from gitops_lab.controllers.statefulset.identity import (
    is_created,
    replicas,
    revision_of,
)
from gitops_lab.kube.objects import Object, is_terminating, name_of


def min_ready_seconds(one: Object) -> int:
    """How long a pod must be ready to count as available."""
    return int(one["spec"].get("minReadySeconds") or 0)


def is_running_and_ready(pod: Object) -> bool:
    """Whether the pod runs and its Ready condition is true."""
    return (pod.get("status") or {}).get("phase") == "Running" and is_ready(pod)


def is_unavailable(one: Object, pod: Object, moment: datetime) -> bool:
    """Whether the pod serves nobody now, or soon will not."""
    return is_terminating(pod) or not is_available(pod, min_ready_seconds(one), moment)


def max_unavailable(one: Object) -> int:
    """How many pods a rolling update may take at once; at least one."""
    rolling = (one["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    return max(1, scaled_value(rolling.get("maxUnavailable", 1), replicas(one), up=False))


def calculate(
    one: Object,
    pods: Sequence[Object],
    revisions: tuple[Object, Object],
    collisions: int,
    moment: datetime,
) -> Object:
    """The status for these pods; `revisions` are the current and the update revision."""
    current, update = map(name_of, revisions)
    created = [pod for pod in pods if is_created(pod)]
    staying = [pod for pod in created if not is_terminating(pod)]
    ready = [pod for pod in created if is_running_and_ready(pod)]
    hold = min_ready_seconds(one)
    status: Object = {
        "observedGeneration": int(one["metadata"].get("generation") or 0),
        "replicas": len(created),
        "readyReplicas": len(ready),
        "availableReplicas": sum(is_available(pod, hold, moment) for pod in ready),
        "currentReplicas": sum(revision_of(pod) == current for pod in staying),
        "updatedReplicas": sum(revision_of(pod) == update for pod in staying),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": collisions,
    }
    if held := (one.get("status") or {}).get("conditions"):
        status["conditions"] = held
    return status


def completed(one: Object, status: Object) -> Object:
    """The status as it is written: a finished update makes its revision the current one."""
    wanted = replicas(one)
    counts = (status["updatedReplicas"], status["readyReplicas"], status["replicas"])
    if counts == (wanted, wanted, wanted):
        status = {
            **status,
            "currentReplicas": status["updatedReplicas"],
            "currentRevision": status["updateRevision"],
        }
    return {k: v for k, v in status.items() if v or k in _ALWAYS}


_ALWAYS = ("replicas", "availableReplicas", "collisionCount")


def is_new(held: Object, wanted: Object) -> bool:
    """Whether the status has to be written."""
    ignored = ("collisionCount",)
    names = {name for name in (*held, *wanted) if name not in ignored}
    return any((held.get(name) or 0) != (wanted.get(name) or 0) for name in names)


def seconds_to_availability_check(
    one: Object, pods: Sequence[Object], moment: datetime
) -> float | None:
    """When the next pod will have been ready for long enough; None when none is waited for."""
    waits = [seconds_until_available(pod, min_ready_seconds(one), moment) for pod in pods]
    return min((wait for wait in waits if wait is not None), default=None)
