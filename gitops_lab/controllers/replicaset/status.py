"""The status of a ReplicaSet. Pure."""

from collections.abc import Sequence
from datetime import datetime

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.pods import (
    is_available,
    is_ready,
    seconds_until_available,
)
from gitops_lab.controllers.framework.times import stamp
from gitops_lab.kube.objects import Object, labels_of

FAILURE = "ReplicaFailure"


def wanted_replicas(one: Object) -> int:
    """spec.replicas; 1 where it is not set."""
    count = one["spec"].get("replicas")
    return 1 if count is None else int(count)


def min_ready_seconds(one: Object) -> int:
    """How long a pod must be ready to count as available."""
    return int(one["spec"].get("minReadySeconds") or 0)


def calculate(
    one: Object,
    pods: Sequence[Object],
    terminating: int,
    failure: str,
    moment: datetime,
) -> Object:
    """The status for these active pods.

    `failure` says why pods could not be made or deleted; "" when all went well. Zero counters but
    `replicas` and `terminatingReplicas` are left out, as the API does.
    """
    hold = min_ready_seconds(one)
    template = labels_of(one["spec"]["template"]).items()
    counters = {
        "fullyLabeledReplicas": sum(template <= labels_of(pod).items() for pod in pods),
        "readyReplicas": sum(is_ready(pod) for pod in pods),
        "availableReplicas": sum(is_available(pod, hold, moment) for pod in pods),
        "observedGeneration": int(one["metadata"].get("generation") or 0),
    }
    status: Object = {"replicas": len(pods)}
    status.update({name: count for name, count in counters.items() if count})
    status["terminatingReplicas"] = terminating
    held = (one.get("status") or {}).get("conditions")
    listed = _with_failure(held, len(pods) - wanted_replicas(one), failure, moment)
    if listed:
        status["conditions"] = listed
    return status


def _with_failure(
    held: list[Object] | None, surplus: int, failure: str, moment: datetime
) -> list[Object]:
    if not failure:
        return conditions.without(held, FAILURE)
    if conditions.find(held, FAILURE):
        return list(held or [])
    condition = {
        "type": FAILURE,
        "status": "True",
        "lastTransitionTime": stamp(moment),
        "reason": "FailedCreate" if surplus < 0 else "FailedDelete",
        "message": failure,
    }
    return [*(held or []), condition]


def seconds_to_availability_check(
    one: Object, pods: Sequence[Object], moment: datetime
) -> float | None:
    """When the next pod will have been ready for long enough; None when none is waited for."""
    waits = [seconds_until_available(pod, min_ready_seconds(one), moment) for pod in pods]
    return min((wait for wait in waits if wait is not None), default=None)
