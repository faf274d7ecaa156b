"""The pods of a Job. Pure."""

from datetime import datetime

from gitops_lab.controllers.framework.ownership import controller_reference
from gitops_lab.controllers.framework.pods import pod_from_template
from gitops_lab.controllers.framework.times import parse
from gitops_lab.kube.objects import (
    Object,
    annotations_of,
    condition_of,
    is_terminating,
    labels_of,
    name_of,
)

FINALIZER = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
_FIRST_BACKOFF, _LONGEST_BACKOFF = 10.0, 600.0


def is_indexed(job: Object) -> bool:
    """Whether each completion has a number of its own."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def is_tracked(pod: Object) -> bool:
    """Whether the pod is held until it is counted."""
    return FINALIZER in (pod["metadata"].get("finalizers") or [])


def index_of(pod: Object) -> int:
    """The pod's completion index; -1 when it has none."""
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdecimal() else -1


def has_succeeded(pod: Object) -> bool:
    """Whether all containers ended well."""
    return (pod.get("status") or {}).get("phase") == "Succeeded"


def has_failed(pod: Object, job: Object) -> bool:
    """Whether the pod counts as failed; a deleted one does unless the Job waits for its end."""
    phase = (pod.get("status") or {}).get("phase")
    if phase == "Failed" or job["spec"].get("podReplacementPolicy") == "Failed":
        return phase == "Failed"
    return is_terminating(pod) and phase != "Succeeded"


def make_pod(job: Object, index: int | None) -> Object:
    """The next pod of a Job; `index` is its number in an Indexed one."""
    reference = controller_reference(job, "batch/v1", "Job")
    pod = pod_from_template(job["spec"]["template"], job, reference)
    metadata = pod["metadata"]
    metadata["finalizers"] = [*metadata.get("finalizers", []), FINALIZER]
    if index is not None:
        metadata["generateName"] = f"{name_of(job)}-{index}-"
        metadata["annotations"] = {**annotations_of(pod), INDEX: str(index)}
        metadata["labels"] = {**labels_of(pod), INDEX: str(index)}
        pod["spec"]["hostname"] = f"{name_of(job)}-{index}"
        for container in _containers(pod):
            container["env"] = [*(container.get("env") or []), _index_variable()]
    return pod


def finished_at(pod: Object) -> datetime | None:
    """When the pod ended: its last container, else when it stopped being ready."""
    states = (pod.get("status") or {}).get("containerStatuses") or []
    times = [
        parse(((one.get("state") or {}).get("terminated") or {}).get("finishedAt"))
        for one in states
    ]
    known = [moment for moment in times if moment]
    if known and len(known) == len(times):
        return max(known)
    ready = condition_of(pod, "Ready") or {}
    if ready.get("status") == "False":
        return parse(ready.get("lastTransitionTime"))
    return parse(pod["metadata"].get("deletionTimestamp") or pod["metadata"]["creationTimestamp"])


def seconds_to_back_off(job: Object, pods: list[Object], moment: datetime) -> float:
    """How long to wait with the next pod: 10 s after a failure, doubled by each one since the
    last success, up to ten minutes.
    """
    successes = [at for pod in pods if has_succeeded(pod) and (at := finished_at(pod))]
    failures = [at for pod in pods if has_failed(pod, job) and (at := finished_at(pod))]
    last_success = max(successes, default=None)
    since = [at for at in failures if last_success is None or at > last_success]
    if not since:
        return 0.0
    pause = min(_FIRST_BACKOFF * 2.0 ** (len(since) - 1), _LONGEST_BACKOFF)
    return max(0.0, pause - (moment - max(since)).total_seconds())


def restarts(pods: list[Object]) -> int:
    """The restarts of all containers of the pods that are still at it."""
    count = 0
    for pod in pods:
        status = pod.get("status") or {}
        if status.get("phase") in ("Running", "Pending"):
            for name in ("initContainerStatuses", "containerStatuses"):
                count += sum(int(one.get("restartCount") or 0) for one in status.get(name) or [])
    return count


def _containers(pod: Object) -> list[Object]:
    return [*(pod["spec"].get("initContainers") or []), *(pod["spec"].get("containers") or [])]


def _index_variable() -> Object:
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    return {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
