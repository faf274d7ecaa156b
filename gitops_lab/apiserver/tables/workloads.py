"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs and what goes with them."""

from typing import Any

from gitops_lab.apiserver.tables.columns import (
    AGE,
    CONTAINERS,
    NAME,
    NONE,
    SELECTOR,
    UNSET,
    Cells,
    Column,
    Object,
    Printer,
    age_of,
    columns,
    condition_is,
    containers,
    labels_text,
    name_of,
    number,
    part,
    selector_text,
)
from gitops_lab.apiserver.tables.durations import between, since

JOB_STATES = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    ("", "Terminating"),
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _count(values: Object, key: str) -> int:
    return int(values.get(key) or 0)


def _pod_spec(spec: Object) -> Object:
    return part(spec, "template", "spec")


def _deployment(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    ready = f"{_count(status, 'readyReplicas')}/{_count(spec, 'replicas')}"
    counts = [_count(status, "updatedReplicas"), _count(status, "availableReplicas")]
    selector = selector_text(spec.get("selector"), empty="")
    return [name_of(obj), ready, *counts, age_of(obj), *containers(_pod_spec(spec)), selector]


def _replica_set(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    counts = [_count(spec, "replicas"), _count(status, "replicas"), _count(status, "readyReplicas")]
    selector = selector_text(spec.get("selector"))
    return [name_of(obj), *counts, age_of(obj), *containers(_pod_spec(spec)), selector]


def _replication_controller(obj: Object) -> Cells:
    return [*_replica_set(obj)[:-1], labels_text(part(obj, "spec").get("selector"))]


def _stateful_set(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    ready = f"{_count(status, 'readyReplicas')}/{_count(spec, 'replicas')}"
    return [name_of(obj), ready, age_of(obj), *containers(_pod_spec(spec))]


def _daemon_set(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    keys = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady",
            "updatedNumberScheduled", "numberAvailable")  # fmt: skip
    nodes = labels_text(_pod_spec(spec).get("nodeSelector"))
    selector = selector_text(spec.get("selector"))
    counts = [_count(status, key) for key in keys]
    return [name_of(obj), *counts, nodes, age_of(obj), *containers(_pod_spec(spec)), selector]


def _job(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    duration = between(status.get("startTime"), status.get("completionTime"))
    shown = [_job_state(obj), _completions(spec, status), duration, age_of(obj)]
    selector = selector_text(spec.get("selector"))
    return [name_of(obj), *shown, *containers(_pod_spec(spec)), selector]


def _job_state(obj: Object) -> str:
    for condition, state in JOB_STATES:
        if condition and condition_is(obj, condition):
            return state
        if not condition and part(obj, "metadata").get("deletionTimestamp"):
            return state
    return "Running"


def _completions(spec: Object, status: Object) -> str:
    done = _count(status, "succeeded")
    if spec.get("completions") is not None:
        return f"{done}/{spec['completions']}"
    parallel = _count(spec, "parallelism")
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _cron_job(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    job = part(spec, "jobTemplate", "spec")
    last = since(status["lastScheduleTime"]) if status.get("lastScheduleTime") else NONE
    zone = spec.get("timeZone", NONE)
    shown = [spec.get("schedule", ""), zone, _flag(spec.get("suspend"))]
    active = len(status.get("active") or [])
    selector = selector_text(job.get("selector"))
    return [name_of(obj), *shown, active, last, age_of(obj), *containers(_pod_spec(job)), selector]


def _flag(value: Any) -> str:
    return UNSET if value is None else str(bool(value))


def _controller_revision(obj: Object) -> Cells:
    owners = part(obj, "metadata").get("ownerReferences") or []
    owner = next((each for each in owners if each.get("controller")), None)
    return [name_of(obj), _owner_text(owner), obj.get("revision", 0), age_of(obj)]


def _owner_text(owner: Object | None) -> str:
    if owner is None:
        return NONE
    group = owner["apiVersion"].rpartition("/")[0]
    kind = owner["kind"].lower()
    return f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"


def _scale(obj: Object) -> Cells:
    counts = [_count(part(obj, "spec"), "replicas"), _count(part(obj, "status"), "replicas")]
    return [name_of(obj), *counts, age_of(obj)]


_REPLICAS = columns(
    NAME, number("Desired"), number("Current"), number("Ready"), AGE, *CONTAINERS, SELECTOR
)

PRINTERS = {
    ("apps", "Deployment"): Printer(
        columns(NAME, "Ready", "Up-to-date", "Available", AGE, *CONTAINERS, SELECTOR), _deployment
    ),
    ("apps", "ReplicaSet"): Printer(_REPLICAS, _replica_set),
    ("", "ReplicationController"): Printer(_REPLICAS, _replication_controller),
    ("apps", "StatefulSet"): Printer(columns(NAME, "Ready", AGE, *CONTAINERS), _stateful_set),
    ("apps", "DaemonSet"): Printer(
        columns(
            NAME, number("Desired"), number("Current"), number("Ready"), number("Up-to-date"),
            number("Available"), "Node Selector", AGE, *CONTAINERS, SELECTOR,
        ),
        _daemon_set,
    ),
    ("batch", "Job"): Printer(
        columns(NAME, "Status", "Completions", "Duration", AGE, *CONTAINERS, SELECTOR), _job
    ),
    ("batch", "CronJob"): Printer(
        columns(
            NAME, "Schedule", "Timezone", Column("Suspend", "boolean"), number("Active"),
            "Last Schedule", AGE, *CONTAINERS, SELECTOR,
        ),
        _cron_job,
    ),
    ("apps", "ControllerRevision"): Printer(
        columns(NAME, "Controller", "Revision", AGE), _controller_revision
    ),
    ("autoscaling", "Scale"): Printer(
        columns(Column("Name"), number("Desired"), number("Available"), AGE), _scale
    ),
}  # fmt: skip
