"""The Jobs that a CronJob remembers. Pure."""

from collections.abc import Iterable, Sequence

from gitops_lab.kube.objects import Object, condition_of, name_of, uid_of


def outcome(job: Object) -> str:
    """Complete, Failed, or "" while it runs."""
    for kind in ("Complete", "Failed"):
        if (condition_of(job, kind) or {}).get("status") == "True":
            return kind
    return ""


def surplus(one: Object, jobs: Sequence[Object]) -> list[Object]:
    """The oldest finished Jobs, beyond what the limits keep."""
    found: list[Object] = []
    limits = {"Complete": "successfulJobsHistoryLimit", "Failed": "failedJobsHistoryLimit"}
    for kind, field in limits.items():
        finished = sorted((job for job in jobs if outcome(job) == kind), key=_age)
        limit = one["spec"].get(field)
        if limit is not None:
            found += finished[: max(0, len(finished) - int(limit))]
    return found


def _age(job: Object) -> tuple[bool, str, str]:
    started = (job.get("status") or {}).get("startTime") or ""
    return not started, started, name_of(job)


def last_success(held: str | None, jobs: Iterable[Object]) -> str | None:
    """When a run last succeeded."""
    times = [
        str(job["status"]["completionTime"])
        for job in jobs
        if outcome(job) == "Complete" and job["status"].get("completionTime")
    ]
    return max([*times, held or ""]) or None


def without(active: Iterable[Object], job: Object) -> list[Object]:
    """The references to running Jobs but for this one."""
    return [reference for reference in active if reference.get("uid") != uid_of(job)]
