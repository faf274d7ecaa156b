from gitops_lab.apiserver.types import Registry
from gitops_lab.apiserver.validation import message, validate_status

REGISTRY = Registry.builtin()


def told(plural: str, **status: int) -> list[str]:
    resource = REGISTRY.lookup("apps", "v1", plural)
    assert resource is not None
    found = validate_status({"status": status}, resource)
    return [f"{each.field}: {message(each)}" for each in found]


def test_counts_that_fit_together_are_accepted() -> None:
    assert told("deployments", replicas=3, readyReplicas=2, availableReplicas=1) == []
    assert told("daemonsets", numberReady=-1) == []


def test_negative_counts_and_parts_beyond_the_whole_are_told() -> None:
    assert told("deployments", replicas=-1, updatedReplicas=-1, readyReplicas=5) == [
        "status.replicas: Invalid value: -1: must be greater than or equal to 0",
        "status.updatedReplicas: Invalid value: -1: must be greater than or equal to 0",
        "status.readyReplicas: Invalid value: 5: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
    ]
    assert told("replicasets", replicas=2, readyReplicas=1, availableReplicas=2) == [
        "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"
    ]
