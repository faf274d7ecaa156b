"""How a Job stands: what its pods have achieved, and whether it is over. Pure.

A pod that ends is counted once: its uid goes into the status before the finalizer that holds it is
taken off, and into the counter when the finalizer is gone. So nothing is lost when the controller
ends in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.pods import is_active, is_ready, is_terminal
from gitops_lab.controllers.framework.times import seconds_since, stamp
from gitops_lab.controllers.job import indexes
from gitops_lab.controllers.job.pods import (
    has_failed,
    has_succeeded,
    index_of,
    is_indexed,
    is_tracked,
    restarts,
)
from gitops_lab.kube.objects import Object, is_terminating, uid_of

SUSPENDED, COMPLETE, FAILED = "Suspended", "Complete", "Failed"
SUCCESS_MET, FAILURE_TARGET = "SuccessCriteriaMet", "FailureTarget"
_LAST = {SUCCESS_MET: COMPLETE, FAILURE_TARGET: FAILED}


def is_finished(job: Object) -> bool:
    """Whether the Job is complete or failed."""
    listed = (job.get("status") or {}).get("conditions")
    found = [conditions.find(listed, kind) or {} for kind in (COMPLETE, FAILED)]
    return any(one.get("status") == "True" for one in found)


def is_suspended(job: Object) -> bool:
    """Whether the Job is to have no pods for now."""
    return bool(job["spec"].get("suspend"))


@dataclass
class Tally:
    """A Job's pods, counted. `succeeded` and `failed` hold what is counted for good."""

    active: list[Object] = field(default_factory=list)
    terminating: int = 0
    succeeded: int = 0
    failed: int = 0
    waiting_succeeded: list[str] = field(default_factory=list)
    waiting_failed: list[str] = field(default_factory=list)
    completed: set[int] = field(default_factory=set)
    to_release: list[Object] = field(default_factory=list)

    @property
    def all_succeeded(self) -> int:
        """Successes, those included that are not counted for good."""
        return self.succeeded + len(self.waiting_succeeded)

    @property
    def all_failed(self) -> int:
        """Failures, those included that are not counted for good."""
        return self.failed + len(self.waiting_failed)


def tally(job: Object, pods: Sequence[Object]) -> Tally:
    """Count the pods, starting from what the status has."""
    status = job.get("status") or {}
    tracked = {uid_of(pod) for pod in pods if is_tracked(pod)}
    waiting = status.get("uncountedTerminatedPods") or {}
    was_good, was_bad = list(waiting.get("succeeded") or []), list(waiting.get("failed") or [])
    result = Tally(
        active=[pod for pod in pods if is_active(pod)],
        terminating=sum(is_terminating(pod) and not is_terminal(pod) for pod in pods),
        succeeded=int(status.get("succeeded") or 0) + sum(u not in tracked for u in was_good),
        failed=int(status.get("failed") or 0) + sum(u not in tracked for u in was_bad),
        waiting_succeeded=[uid for uid in was_good if uid in tracked],
        waiting_failed=[uid for uid in was_bad if uid in tracked],
        completed=indexes.parse(status.get("completedIndexes") or ""),
    )
    for pod in pods:
        if is_tracked(pod):
            _count(job, pod, result)
    if is_indexed(job):
        result.succeeded = len(result.completed)
    return result


def _count(job: Object, pod: Object, result: Tally) -> None:
    uid = uid_of(pod)
    if has_succeeded(pod):
        result.to_release.append(pod)
        if not is_indexed(job):
            if uid not in result.waiting_succeeded:
                result.waiting_succeeded.append(uid)
        elif 0 <= index_of(pod) < int(job["spec"].get("completions") or 0):
            result.completed.add(index_of(pod))
    elif has_failed(pod, job):
        result.to_release.append(pod)
        if uid not in result.waiting_failed:
            result.waiting_failed.append(uid)
    elif is_terminating(job):
        result.to_release.append(pod)


def verdict(job: Object, counted: Tally, moment: datetime) -> Object | None:
    """The condition that decides the Job's end; None while it goes on."""
    listed = (job.get("status") or {}).get("conditions")
    for kind in (SUCCESS_MET, FAILURE_TARGET):
        decided = conditions.find(listed, kind)
        if decided and decided.get("status") == "True":
            return decided
    spec = job["spec"]
    limit = 6 if spec.get("backoffLimit") is None else int(spec["backoffLimit"])
    if counted.all_failed > limit or _restarted_too_often(spec, counted, limit):
        text = "Job has reached the specified backoff limit"
        return condition(FAILURE_TARGET, "BackoffLimitExceeded", text, moment)
    left = seconds_to_deadline(job, moment)
    if left is not None and left <= 0:
        text = "Job was active longer than specified deadline"
        return condition(FAILURE_TARGET, "DeadlineExceeded", text, moment)
    completions, done = spec.get("completions"), counted.all_succeeded
    enough = done > 0 if completions is None else done >= int(completions)
    if enough and not counted.active:
        text = "Reached expected number of succeeded pods"
        return condition(SUCCESS_MET, "CompletionsReached", text, moment)
    return None


def _restarted_too_often(spec: Object, counted: Tally, limit: int) -> bool:
    if (spec["template"].get("spec") or {}).get("restartPolicy") != "OnFailure":
        return False
    count = restarts(counted.active)
    return count > 0 if limit == 0 else count >= limit


def seconds_to_deadline(job: Object, moment: datetime) -> float | None:
    """How long the Job may still run; None without a deadline, or before it started."""
    deadline = job["spec"].get("activeDeadlineSeconds")
    run = seconds_since((job.get("status") or {}).get("startTime"), moment)
    if deadline is None or run is None or is_suspended(job):
        return None
    return float(deadline) - run


def condition(kind: str, reason: str, message: str, moment: datetime) -> Object:
    """A Job condition that holds from this moment on."""
    at = stamp(moment)
    return {
        "type": kind,
        "status": "True",
        "lastProbeTime": at,
        "lastTransitionTime": at,
        "reason": reason,
        "message": message,
    }


def calculate(job: Object, counted: Tally, decided: Object | None, moment: datetime) -> Object:
    """The status to write. The last condition comes when every pod is counted and gone."""
    held = job.get("status") or {}
    status: Object = {k: v for k, v in held.items() if k not in _COUNTED}
    waiting = {"succeeded": counted.waiting_succeeded, "failed": counted.waiting_failed}
    counters = {
        "active": len(counted.active),
        "succeeded": counted.succeeded,
        "failed": counted.failed,
        "completedIndexes": indexes.render(counted.completed) if is_indexed(job) else "",
    }
    status.update({name: value for name, value in counters.items() if value})
    status["ready"] = sum(is_ready(pod) for pod in counted.active)
    status["terminating"] = counted.terminating
    status["uncountedTerminatedPods"] = {name: uids for name, uids in waiting.items() if uids}
    listed = _with_suspension(job, list(held.get("conditions") or []), moment)
    if decided is not None:
        listed = conditions.put(listed, decided)
        over = not (counted.active or counted.terminating or status["uncountedTerminatedPods"])
        if over:
            last = {**decided, "type": _LAST[decided["type"]], "lastTransitionTime": stamp(moment)}
            listed = [*listed, {**last, "lastProbeTime": stamp(moment)}]
            if last["type"] == COMPLETE:
                status["completionTime"] = stamp(moment)
    if listed:
        status["conditions"] = listed
    if is_suspended(job):
        status.pop("startTime", None)
    else:
        status.setdefault("startTime", stamp(moment))
    return status


_COUNTED = {
    "active",
    "succeeded",
    "failed",
    "ready",
    "terminating",
    "completedIndexes",
    "uncountedTerminatedPods",
    "conditions",
}


def _with_suspension(job: Object, listed: list[Object], moment: datetime) -> list[Object]:
    held = conditions.find(listed, SUSPENDED)
    if is_suspended(job):
        return conditions.put(listed, condition(SUSPENDED, "JobSuspended", "Job suspended", moment))
    if held and held.get("status") == "True":
        resumed = condition(SUSPENDED, "JobResumed", "Job resumed", moment)
        return conditions.put(listed, {**resumed, "status": "False"})
    return listed
