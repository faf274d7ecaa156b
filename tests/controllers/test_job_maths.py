from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitops_lab.controllers.job import indexes, status
from gitops_lab.controllers.job.pods import FINALIZER, make_pod, seconds_to_back_off
from gitops_lab.kube.objects import Object, uid_of

from .objects import pod

NOW = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


def _job(held: Object | None = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c"}]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "sum", "namespace": "demo", "uid": "j-1"},
        "spec": {"completions": 1, "parallelism": 1, "template": template, **spec},
        "status": held or {},
    }


def _ended(name: str, phase: str, *, tracked: bool = True, index: int | None = None) -> Object:
    one = pod(name, ready=False, status={"phase": phase})
    one["metadata"]["finalizers"] = [FINALIZER] if tracked else []
    if index is not None:
        one["metadata"]["annotations"] = {
            "batch.kubernetes.io/job-completion-index": str(index),
        }
    return one


@pytest.mark.parametrize("text", ["", "1", "0-2", "0-2,5,7,8", "1,3-5"])
def test_indexes_are_read_and_written(text: str) -> None:
    assert indexes.render(indexes.parse(text)) == text


def test_the_lowest_free_indexes_come_first() -> None:
    assert indexes.first_pending(5, {0, 2}, 2) == [1, 3]


def test_a_pod_is_counted_when_its_finalizer_is_gone() -> None:
    job = _job()
    good = _ended("good", "Succeeded")
    counted = status.tally(job, [good, _ended("bad", "Failed")])
    assert (counted.succeeded, counted.waiting_succeeded) == (0, ["uid-good"])
    assert (counted.all_failed, len(counted.to_release)) == (1, 2)
    waiting = {"succeeded": [uid_of(good)]}
    again = status.tally(
        _job({"uncountedTerminatedPods": waiting, "succeeded": 1}),
        [_ended("good", "Succeeded", tracked=False)],
    )
    assert (again.succeeded, again.waiting_succeeded, again.to_release) == (2, [], [])


def test_an_indexed_job_counts_indexes_once() -> None:
    job = _job({"completedIndexes": "0"}, completionMode="Indexed", completions=3)
    pods = [_ended("a", "Succeeded", index=0), _ended("b", "Succeeded", index=2)]
    counted = status.tally(job, pods)
    assert (counted.completed, counted.succeeded) == ({0, 2}, 2)
    assert status.calculate(job, counted, None, NOW)["completedIndexes"] == "0,2"


def _decided(job: Object, pods: list[Object]) -> tuple[str, str]:
    decided = status.verdict(job, status.tally(job, pods), NOW) or {}
    return decided.get("type", ""), decided.get("reason", "")


def test_a_job_ends_by_completions_failures_or_its_deadline() -> None:
    bad = [_ended("a", "Failed"), _ended("b", "Failed")]
    started = {"startTime": "2026-01-01T00:00:00Z"}
    assert _decided(_job(), [_ended("a", "Succeeded")]) == (
        "SuccessCriteriaMet",
        "CompletionsReached",
    )
    assert _decided(_job(backoffLimit=1), bad) == ("FailureTarget", "BackoffLimitExceeded")
    assert _decided(_job(backoffLimit=2), bad) == ("", "")
    assert _decided(_job(started, activeDeadlineSeconds=60), [pod()]) == (
        "FailureTarget",
        "DeadlineExceeded",
    )


def test_the_last_condition_waits_for_the_last_pod() -> None:
    job, good = _job(), _ended("a", "Succeeded")
    counted = status.tally(job, [good])
    decided = status.verdict(job, counted, NOW)
    first = status.calculate(job, counted, decided, NOW)
    assert [c["type"] for c in first["conditions"]] == ["SuccessCriteriaMet"]
    job["status"] = first
    good["metadata"]["finalizers"] = []
    counted = status.tally(job, [good])
    last = status.calculate(job, counted, status.verdict(job, counted, NOW), NOW)
    assert [c["type"] for c in last["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert (last["succeeded"], last["completionTime"]) == (1, "2026-01-01T00:01:00Z")


def test_each_failure_since_the_last_success_doubles_the_pause() -> None:
    job = _job()
    assert seconds_to_back_off(job, [], NOW) == 0
    bad = [_ended("a", "Failed"), _ended("b", "Failed")]
    failed_at = NOW - timedelta(seconds=60)
    assert seconds_to_back_off(job, bad[:1], failed_at) == 10
    assert seconds_to_back_off(job, bad, failed_at + timedelta(seconds=5)) == 15
    assert seconds_to_back_off(job, bad, NOW) == 0


def test_the_pod_of_an_index_knows_it() -> None:
    made = make_pod(_job(), 3)
    assert made["metadata"]["generateName"] == "sum-3-"
    assert made["metadata"]["finalizers"] == [FINALIZER]
    assert made["spec"]["hostname"] == "sum-3"
    assert made["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"
