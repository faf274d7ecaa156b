from datetime import UTC, datetime, timedelta

from gitops_lab.controllers.deployment import status
from gitops_lab.kube.objects import Object

from .objects import deployment, replica_set, rolling

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def _conditions(of: Object) -> dict[str, tuple[str, str, str]]:
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in of["conditions"]}


def test_counters_leave_zeros_out() -> None:
    rollout = deployment(3, strategy=rolling(1, 0))
    old, new = replica_set("old", 2), replica_set("newer", 2, available=0)
    counted = status.calculate(rollout, [old, new], new, NOW)
    assert {k: v for k, v in counted.items() if k != "conditions"} == {
        "observedGeneration": 1,
        "replicas": 4,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "unavailableReplicas": 2,
    }


def test_available_speaks_of_the_minimum() -> None:
    rollout = deployment(3, strategy=rolling(1, 1))
    enough = replica_set("a", 3, available=2)
    too_few = replica_set("a", 3, available=1)
    assert _conditions(status.calculate(rollout, [enough], enough, NOW))["Available"] == (
        "True",
        "MinimumReplicasAvailable",
        "Deployment has minimum availability.",
    )
    assert _conditions(status.calculate(rollout, [too_few], too_few, NOW))["Available"] == (
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )


def test_a_finished_rollout_says_so() -> None:
    new = replica_set("web-abc", 3)
    told = status.rollout_status(deployment(3), [new], new, NOW)
    assert _conditions(told)["Progressing"] == (
        "True",
        "NewReplicaSetAvailable",
        'ReplicaSet "web-abc" has successfully progressed.',
    )


def test_a_moving_rollout_says_so_and_keeps_its_transition_time() -> None:
    rollout = deployment(3)
    created = status.progressing("True", "NewReplicaSetCreated", "", NOW - timedelta(minutes=1))
    rollout["status"] = {"conditions": [created]}
    new = replica_set("web-abc", 3, available=1)
    told = status.rollout_status(rollout, [new], new, NOW)
    assert _conditions(told)["Progressing"] == (
        "True",
        "ReplicaSetUpdated",
        'ReplicaSet "web-abc" is progressing.',
    )
    condition = status.progress_of(told) or {}
    assert condition["lastTransitionTime"] == "2026-01-01T11:59:00Z"
    assert condition["lastUpdateTime"] == "2026-01-01T12:00:00Z"


def test_a_rollout_that_stands_still_times_out() -> None:
    rollout = deployment(3, progressDeadlineSeconds=60)
    new = replica_set("web-abc", 3, available=0)
    before = status.progressing("True", "ReplicaSetUpdated", "", NOW - timedelta(seconds=61))
    rollout["status"] = status.calculate(rollout, [new], new, NOW) | {"conditions": [before]}
    told = status.rollout_status(rollout, [new], new, NOW)
    assert _conditions(told)["Progressing"] == (
        "False",
        "ProgressDeadlineExceeded",
        'ReplicaSet "web-abc" has timed out progressing.',
    )


def test_the_deadline_is_checked_a_second_after_it_passes() -> None:
    rollout = deployment(3, progressDeadlineSeconds=60)
    new = replica_set("web-abc", 3, available=0)
    held = status.progressing("True", "ReplicaSetUpdated", "", NOW - timedelta(seconds=20))
    rollout["status"] = {"conditions": [held]}
    told = status.calculate(rollout, [new], new, NOW)
    assert status.seconds_to_progress_check(rollout, told, NOW) == 41
    done = replica_set("web-abc", 3)
    finished = status.calculate(rollout, [done], done, NOW)
    assert status.seconds_to_progress_check(rollout, finished, NOW) is None


def test_without_a_deadline_progress_is_not_told() -> None:
    rollout = deployment(3, progressDeadlineSeconds=2**31 - 1)
    new = replica_set("a", 3)
    assert "Progressing" not in _conditions(status.rollout_status(rollout, [new], new, NOW))


def test_a_set_that_cannot_make_pods_shows_on_the_deployment() -> None:
    new = replica_set("a", 3, available=0)
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "exceeded quota",
        "lastTransitionTime": "2026-01-01T11:00:00Z",
    }
    new["status"]["conditions"] = [failure]
    told = status.rollout_status(deployment(3), [new], new, NOW)
    assert _conditions(told)["ReplicaFailure"] == ("True", "FailedCreate", "exceeded quota")


def test_pause_and_resume_are_told_once() -> None:
    rollout = deployment(3, paused=True)
    pause = status.pause_change(rollout, NOW) or {}
    assert (pause["status"], pause["reason"]) == ("Unknown", "DeploymentPaused")
    rollout["status"] = {"conditions": [pause]}
    assert status.pause_change(rollout, NOW) is None
    rollout["spec"]["paused"] = False
    resumed = status.pause_change(rollout, NOW) or {}
    assert (resumed["reason"], resumed["message"]) == ("DeploymentResumed", "Deployment is resumed")
