"""Runs are due at once here: the schedules are yearly and the last run was long ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gitops_lab.controllers.framework.times import now, stamp
from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, controller_of, name_of, uid_of
from tests.waiting import eventually

from .cluster import Cluster

# Two days of the past week, and not today.
_DAYS = [(now() - timedelta(days=days)).replace(hour=0, minute=0) for days in (5, 3)]
FIRST, SECOND = (f"0 0 {day.day} {day.month} *" for day in _DAYS)


def create(cluster: Cluster, **spec: Any) -> Object:
    containers = [{"name": "sum", "image": "gitops-lab/web:1.0"}]
    pods = {"spec": {"restartPolicy": "Never", "containers": containers}}
    job = {"metadata": {"labels": {"app": "report"}}, "spec": {"template": pods}}
    asked = {"schedule": FIRST, "jobTemplate": job, **spec}
    return cluster.create("batch/v1", "CronJob", "report", spec=asked)


def held(cluster: Cluster) -> Object:
    return cluster.get("batch/v1", "CronJob", "report")


def patch(cluster: Cluster, change: Object, subresource: str = "") -> None:
    cluster.client.patch(held(cluster), change, content_type=MERGE_PATCH, subresource=subresource)


def make_due(cluster: Cluster, schedule: str = FIRST) -> None:
    """The last run was before the schedule's latest time; the controller sees it at once."""
    patch(cluster, {"spec": {"schedule": schedule}})
    last = stamp(datetime.now(UTC) - timedelta(days=30))
    patch(cluster, {"status": {"lastScheduleTime": last}}, "status")


def jobs(cluster: Cluster) -> list[Object]:
    return cluster.every("batch/v1", "Job")


def active(cluster: Cluster) -> list[str]:
    return [one["name"] for one in (held(cluster).get("status") or {}).get("active") or []]


def test_a_missed_run_is_made_up_for_once(cluster: Cluster) -> None:
    one = create(cluster)
    make_due(cluster)
    eventually(lambda: len(active(cluster)) == 1)
    (job,) = jobs(cluster)
    day = _DAYS[0].strftime("%Y-%m-%dT00:00:00Z")
    assert held(cluster)["status"]["lastScheduleTime"] == day
    assert name_of(job).startswith("report-")
    assert (controller_of(job) or {})["uid"] == uid_of(one)
    assert job["metadata"]["labels"]["app"] == "report"
    assert job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == day
    eventually(
        lambda: (
            [m for m in cluster.messages("SuccessfulCreate") if "job" in m]
            == [f"Created job {name_of(job)}"]
        )
    )


def test_a_run_that_ends_is_noted_and_only_so_many_are_kept(cluster: Cluster) -> None:
    cluster.kubelet.ends_as = lambda pod: "Succeeded"
    create(cluster, successfulJobsHistoryLimit=1)
    make_due(cluster)
    eventually(lambda: (held(cluster).get("status") or {}).get("lastSuccessfulTime"))
    eventually(lambda: not active(cluster))
    (first,) = jobs(cluster)
    make_due(cluster, SECOND)
    eventually(lambda: [name_of(job) for job in jobs(cluster)] not in ([], [name_of(first)]))
    eventually(lambda: len(jobs(cluster)) == 1)
    eventually(lambda: cluster.is_gone("batch/v1", "Job", name_of(first)))
    eventually(
        lambda: (
            f"Saw completed job: {name_of(first)}, condition: Complete"
            in cluster.messages("SawCompletedJob")
        )
    )


def test_a_run_is_not_started_while_another_runs_where_that_is_forbidden(
    cluster: Cluster,
) -> None:
    create(cluster, concurrencyPolicy="Forbid")
    make_due(cluster)
    eventually(lambda: len(active(cluster)) == 1)
    make_due(cluster, SECOND)
    eventually(lambda: cluster.messages("JobAlreadyActive"))
    assert len(jobs(cluster)) == 1


def test_a_run_takes_the_place_of_another_where_that_is_asked_for(cluster: Cluster) -> None:
    create(cluster, concurrencyPolicy="Replace")
    make_due(cluster)
    eventually(lambda: len(active(cluster)) == 1)
    (first,) = jobs(cluster)
    make_due(cluster, SECOND)
    eventually(lambda: active(cluster) not in ([], [name_of(first)]))
    eventually(lambda: cluster.is_gone("batch/v1", "Job", name_of(first)))
    assert len(active(cluster)) == 1


def test_runs_overlap_where_nothing_is_said(cluster: Cluster) -> None:
    create(cluster)
    make_due(cluster)
    eventually(lambda: len(active(cluster)) == 1)
    make_due(cluster, SECOND)
    eventually(lambda: len(active(cluster)) == 2)


def test_a_suspended_one_starts_nothing_until_it_is_resumed(cluster: Cluster) -> None:
    create(cluster, suspend=True)
    make_due(cluster)
    patch(cluster, {"metadata": {"labels": {"seen": "yes"}}})
    assert not jobs(cluster)
    patch(cluster, {"spec": {"suspend": False}})
    eventually(lambda: len(jobs(cluster)) == 1)


def test_a_run_that_is_too_late_is_left_out(cluster: Cluster) -> None:
    create(cluster, startingDeadlineSeconds=60)
    make_due(cluster)
    patch(cluster, {"metadata": {"labels": {"seen": "yes"}}})
    assert not jobs(cluster)


def test_a_short_interval_starts_by_itself(cluster: Cluster) -> None:
    create(cluster, schedule="@every 1s")
    eventually(lambda: jobs(cluster))


def test_the_jobs_go_with_the_cron_job(cluster: Cluster) -> None:
    create(cluster)
    make_due(cluster)
    eventually(lambda: len(active(cluster)) == 1)
    cluster.client.delete("batch/v1", "CronJob", "report", cluster.namespace)
    eventually(lambda: not jobs(cluster))
