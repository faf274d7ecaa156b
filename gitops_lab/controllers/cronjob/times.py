"""When a CronJob is due. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_lab.controllers.cronjob.schedule import Schedule, time_zone
from gitops_lab.controllers.framework.ownership import controller_reference
from gitops_lab.controllers.framework.times import parse, stamp
from gitops_lab.kube.objects import Object, annotations_of, labels_of, name_of, namespace_of

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_MANY = 100
# A job is started a moment late rather than a moment early.
_MARGIN = timedelta(milliseconds=100)


@dataclass(frozen=True)
class Due:
    """The latest start time that has come, and how many there were since the last run."""

    time: datetime | None
    since: datetime
    missed: int = 0

    @property
    def too_many(self) -> bool:
        """Whether it is worth a warning."""
        return self.missed > _MANY


def due(one: Object, schedule: Schedule, moment: datetime, *, within_deadline: bool) -> Due:
    """The latest start time since the last run, or since the CronJob was made."""
    status, spec = one.get("status") or {}, one["spec"]
    since = parse(status.get("lastScheduleTime") or one["metadata"]["creationTimestamp"])
    assert since is not None
    deadline = spec.get("startingDeadlineSeconds")
    if within_deadline and deadline is not None:
        since = max(since, moment - timedelta(seconds=int(deadline)))
    first = schedule.after(since)
    if first is None or moment < first:
        return Due(None, since)
    second = schedule.after(first)
    if second is None or moment < second:
        return Due(first, since)
    distance = second - first
    missed = (moment - first) // distance + 1
    # Distances may vary: begin a little before, and walk to the last.
    latest, following = None, schedule.after(first + (missed - 2) * distance)
    while following is not None and following <= moment:
        latest, following = following, schedule.after(following)
    return Due(latest, since, missed)


def seconds_to_next(one: Object, schedule: Schedule, moment: datetime) -> float | None:
    """How long until the next start time; None when there is none."""
    found = due(one, schedule, moment, within_deadline=False)
    base = found.time or (moment if found.missed else found.since)
    following = schedule.after(base)
    return None if following is None else (following + _MARGIN - moment).total_seconds()


def job_name(one: Object, time: datetime) -> str:
    """The name of the run at that time: no run is started twice."""
    return f"{name_of(one)}-{int(time.timestamp()) // 60}"


def make_job(one: Object, time: datetime) -> Object:
    """The Job of the run at that time."""
    template = one["spec"]["jobTemplate"]
    local = time.astimezone(time_zone(one["spec"].get("timeZone") or ""))
    text = local.isoformat().replace("+00:00", "Z")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(one, time),
            "namespace": namespace_of(one),
            "labels": dict(labels_of(template)),
            "annotations": {**annotations_of(template), SCHEDULED: text},
            "creationTimestamp": stamp(time),
            "ownerReferences": [controller_reference(one, "batch/v1", "CronJob")],
        },
        "spec": template["spec"],
    }
