from datetime import UTC, datetime, timedelta

from gitops_lab.controllers.replicaset import status
from gitops_lab.kube.objects import Object

from .objects import pod, replica_set

READY_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _calculated(one: Object, pods: list[Object], failure: str = "", later: int = 60) -> Object:
    return status.calculate(one, pods, 0, failure, READY_AT + timedelta(seconds=later))


def test_pods_are_counted_by_labels_and_readiness() -> None:
    pods = [pod("a"), pod("b", ready=False), pod("c", metadata={"labels": {"app": "other"}})]
    assert _calculated(replica_set("web", 3), pods) == {
        "replicas": 3,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "observedGeneration": 1,
        "terminatingReplicas": 0,
    }


def test_a_pod_is_available_after_min_ready_seconds() -> None:
    one = replica_set("web", 1)
    one["spec"]["minReadySeconds"] = 30
    assert "availableReplicas" not in _calculated(one, [pod()], later=20)
    assert _calculated(one, [pod()], later=30)["availableReplicas"] == 1
    moment = READY_AT + timedelta(seconds=20)
    assert status.seconds_to_availability_check(one, [pod()], moment) == 10
    assert status.seconds_to_availability_check(one, [pod(ready=False)], moment) is None


def test_a_failure_is_told_until_it_is_over() -> None:
    one = replica_set("web", 3)
    failed = _calculated(one, [pod()], "exceeded quota")
    (condition,) = failed["conditions"]
    assert (condition["type"], condition["reason"]) == ("ReplicaFailure", "FailedCreate")
    assert condition["message"] == "exceeded quota"
    one["status"] = failed
    assert _calculated(one, [pod()], "exceeded quota again")["conditions"] == [condition]
    assert "conditions" not in _calculated(one, [pod()])
