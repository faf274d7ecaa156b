"""The status of a Deployment: counters, conditions and the progress deadline. Pure."""

from collections.abc import Sequence
from datetime import datetime

from gitops_lab.controllers.deployment.maths import (
    max_unavailable,
    replicas,
    status_count,
    total,
    total_status,
)
from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.times import seconds_since, stamp
from gitops_lab.kube.objects import Object, name_of

AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"
TIMED_OUT = "ProgressDeadlineExceeded"
NEW_SET_AVAILABLE = "NewReplicaSetAvailable"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"
_NEVER = 2**31 - 1


def has_deadline(deployment: Object) -> bool:
    """Whether lack of progress is reported."""
    return deployment["spec"].get("progressDeadlineSeconds") not in (None, _NEVER)


def history_limit(deployment: Object) -> int | None:
    """How many old ReplicaSets are kept; None for all."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    return None if limit in (None, _NEVER) else int(limit)


def condition(kind: str, status: str, reason: str, message: str, moment: datetime) -> Object:
    """A Deployment condition of this moment."""
    at = stamp(moment)
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": at,
        "lastTransitionTime": at,
        "reason": reason,
        "message": message,
    }


def progressing(status: str, reason: str, message: str, moment: datetime) -> Object:
    """A Progressing condition."""
    return condition(PROGRESSING, status, reason, message, moment)


def with_condition(status: Object | None, added: Object) -> Object:
    """The status with this condition in it."""
    status = dict(status or {})
    status["conditions"] = conditions.put(status.get("conditions"), added)
    return status


def progress_of(status: Object | None) -> Object | None:
    """The Progressing condition."""
    return conditions.find((status or {}).get("conditions"), PROGRESSING)


def pause_change(deployment: Object, moment: datetime) -> Object | None:
    """The condition that tells of a pause or its end; None when nothing is to be told."""
    if not has_deadline(deployment):
        return None
    held = progress_of(deployment.get("status")) or {}
    if held.get("reason") == TIMED_OUT:
        return None
    paused, told = bool(deployment["spec"].get("paused")), held.get("reason") == PAUSED
    if paused and not told:
        return progressing("Unknown", PAUSED, "Deployment is paused", moment)
    if told and not paused:
        return progressing("Unknown", RESUMED, "Deployment is resumed", moment)
    return None


def calculate(
    deployment: Object, sets: Sequence[Object], new: Object | None, moment: datetime
) -> Object:
    """Counters and the Available condition; zero counters are left out, as the API does."""
    available = total_status(sets, "availableReplicas")
    counters = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total_status(sets, "replicas"),
        "updatedReplicas": status_count(new, "replicas") if new else 0,
        "readyReplicas": total_status(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total(sets) - available),
    }
    status: Object = {name: value for name, value in counters.items() if value}
    held = deployment.get("status") or {}
    if held.get("collisionCount") is not None:
        status["collisionCount"] = held["collisionCount"]
    terminating = _terminating(sets)
    if terminating is not None:
        status["terminatingReplicas"] = terminating
    status["conditions"] = list(held.get("conditions") or [])
    enough = available >= replicas(deployment) - max_unavailable(deployment)
    return with_condition(status, _availability(enough, moment))


def _availability(enough: bool, moment: datetime) -> Object:
    if enough:
        reason, verb = "MinimumReplicasAvailable", "has"
    else:
        reason, verb = "MinimumReplicasUnavailable", "does not have"
    message = f"Deployment {verb} minimum availability."
    return condition(AVAILABLE, "True" if enough else "False", reason, message, moment)


def _terminating(sets: Sequence[Object]) -> int | None:
    """The pods that are on their way out; None while a ReplicaSet has not told its own."""
    count = 0
    for one in sets:
        held = one.get("status") or {}
        if held.get("terminatingReplicas") is not None:
            count += int(held["terminatingReplicas"])
        elif held.get("observedGeneration"):
            return None
    return count


def is_complete(deployment: Object, status: Object | None) -> bool:
    """Whether all replicas are new and available, and no old pod runs."""
    status, wanted = status or {}, replicas(deployment)
    counted = ("updatedReplicas", "replicas", "availableReplicas")
    return all(int(status.get(name) or 0) == wanted for name in counted) and int(
        status.get("observedGeneration") or 0
    ) >= int(deployment["metadata"].get("generation", 0))


def has_progressed(before: Object | None, after: Object) -> bool:
    """Whether anything moved: more new, ready or available pods, or fewer old ones."""
    was, now = _Counts(before or {}), _Counts(after)
    return (
        now.updated > was.updated
        or now.old < was.old
        or now.ready > was.ready
        or now.available > was.available
    )


class _Counts:
    def __init__(self, status: Object) -> None:
        self.updated = int(status.get("updatedReplicas") or 0)
        self.old = int(status.get("replicas") or 0) - self.updated
        self.ready = int(status.get("readyReplicas") or 0)
        self.available = int(status.get("availableReplicas") or 0)


def has_timed_out(deployment: Object, status: Object, moment: datetime) -> bool:
    """Whether nothing moved for progressDeadlineSeconds."""
    held = progress_of(status)
    if held is None or held.get("reason") == NEW_SET_AVAILABLE:
        return False
    if held.get("reason") == TIMED_OUT:
        return True
    waited = seconds_since(held.get("lastUpdateTime"), moment)
    return waited is not None and waited > deployment["spec"]["progressDeadlineSeconds"]


def rollout_status(
    deployment: Object, sets: Sequence[Object], new: Object | None, moment: datetime
) -> Object:
    """The status during a rollout: also how it goes, and why a ReplicaSet can't make pods."""
    status = calculate(deployment, sets, new, moment)
    if has_deadline(deployment):
        status["conditions"] = _with_progress(deployment, status, new, moment)
    else:
        status["conditions"] = conditions.without(status["conditions"], PROGRESSING)
    failure = _replica_failure(sets, new)
    if failure is None:
        status["conditions"] = conditions.without(status["conditions"], FAILURE)
    else:
        status = with_condition(status, failure)
    return status


def _with_progress(
    deployment: Object, status: Object, new: Object | None, moment: datetime
) -> list[Object]:
    held, listed = progress_of(deployment.get("status")), list(status["conditions"])
    settled = status.get("replicas", 0) == status.get("updatedReplicas", 0)
    if settled and held and held.get("reason") == NEW_SET_AVAILABLE:
        return listed
    subject = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return conditions.put(listed, progressing("True", NEW_SET_AVAILABLE, message, moment))
    if has_progressed(deployment.get("status"), status):
        moved = progressing("True", "ReplicaSetUpdated", f"{subject} is progressing.", moment)
        if held and held.get("status") == "True":
            moved["lastTransitionTime"] = held.get("lastTransitionTime")
        return [*conditions.without(listed, PROGRESSING), moved]
    if has_timed_out(deployment, status, moment):
        message = f"{subject} has timed out progressing."
        return conditions.put(listed, progressing("False", TIMED_OUT, message, moment))
    return listed


def _replica_failure(sets: Sequence[Object], new: Object | None) -> Object | None:
    for one in [*([new] if new else []), *sets]:
        found = conditions.find((one.get("status") or {}).get("conditions"), FAILURE)
        if found:
            return {**found, "lastUpdateTime": found.get("lastTransitionTime")}
    return None


def seconds_to_progress_check(deployment: Object, status: Object, moment: datetime) -> float | None:
    """When to look again whether the deadline has passed; None when it does not run."""
    held = progress_of(deployment.get("status"))
    if not has_deadline(deployment) or held is None:
        return None
    if is_complete(deployment, status) or held.get("reason") == TIMED_OUT:
        return None
    waited = seconds_since(held.get("lastUpdateTime"), moment) or 0.0
    # Times are whole seconds: one more, or the check comes before the deadline.
    return max(0.0, float(deployment["spec"]["progressDeadlineSeconds"]) - waited) + 1.0
