from typing import Any

import pytest

from gitops_lab.kube.errors import Unavailable
from gitops_lab.kube.objects import Object, condition_of, name_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS, create_deployment, is_complete, patch


def create(cluster: Cluster, **spec: Any) -> Object:
    asked = {"selector": {"matchLabels": LABELS}, **spec}
    return cluster.create("policy/v1", "PodDisruptionBudget", "web", spec=asked)


def status(cluster: Cluster) -> Object:
    budget = cluster.get("policy/v1", "PodDisruptionBudget", "web")
    return dict(budget.get("status") or {})


def counts(cluster: Cluster) -> tuple[int, ...]:
    """Allowed, healthy, desired, expected."""
    held = status(cluster)
    names = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    return tuple(held.get(name, -1) for name in names)


def evict(cluster: Cluster, pod: str) -> None:
    metadata = {"name": pod, "namespace": cluster.namespace}
    cluster.client.request(
        "POST",
        f"/api/v1/namespaces/{cluster.namespace}/pods/{pod}/eviction",
        body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata},
    )


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({"minAvailable": 2}, (1, 3, 2, 3)),
        ({"minAvailable": "50%"}, (1, 3, 2, 3)),
        ({"maxUnavailable": 1}, (1, 3, 2, 3)),
        ({"maxUnavailable": "100%"}, (3, 3, 0, 3)),
        ({"minAvailable": 4}, (0, 3, 4, 3)),
    ],
)
def test_what_may_be_disrupted_is_counted(
    cluster: Cluster, spec: dict[str, Any], wanted: tuple[int, ...]
) -> None:
    create_deployment(cluster, replicas=3)
    eventually(lambda: is_complete(cluster, 3))
    budget = create(cluster, **spec)
    eventually(lambda: counts(cluster) == wanted)
    condition = condition_of({"status": status(cluster)}, "DisruptionAllowed") or {}
    reason = "SufficientPods" if wanted[0] else "InsufficientPods"
    assert condition["reason"] == reason
    assert status(cluster)["observedGeneration"] == budget["metadata"]["generation"]


def test_the_count_follows_the_size_that_is_asked_for(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=2)
    create(cluster, maxUnavailable=1)
    eventually(lambda: counts(cluster) == (1, 2, 1, 2))
    cluster.kubelet.is_ready = lambda pod: False
    patch(cluster, {"spec": {"replicas": 4}})
    eventually(lambda: counts(cluster) == (0, 2, 3, 4))


def test_evictions_are_granted_as_far_as_the_budget_goes(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=2)
    create(cluster, minAvailable=1)
    eventually(lambda: counts(cluster) == (1, 2, 1, 2))
    cluster.kubelet.lets_go = lambda pod: False
    first, second = (name_of(pod) for pod in cluster.pods())
    cluster.kubelet.is_ready = lambda pod: name_of(pod) in (first, second)
    evict(cluster, first)
    gone = cluster.get("v1", "Pod", first)
    assert (condition_of(gone, "DisruptionTarget") or {})["reason"] == "EvictionByEvictionAPI"
    assert gone["metadata"]["deletionTimestamp"]
    eventually(lambda: counts(cluster)[:2] == (0, 1))
    with pytest.raises(Unavailable) as refused:
        evict(cluster, second)
    assert refused.value.code == 429
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    assert message in str(refused.value)
    cause = "The disruption budget web needs 1 healthy pods and has 1 currently"
    assert [one["message"] for one in refused.value.causes] == [cause]


def test_a_pod_without_a_budget_can_be_evicted(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=1)
    eventually(lambda: is_complete(cluster, 1))
    pod = name_of(cluster.pods()[0])
    evict(cluster, pod)
    eventually(lambda: pod not in map(name_of, cluster.pods()))


def test_pods_of_nobody_can_not_be_counted_in_percent(cluster: Cluster) -> None:
    containers = [{"name": "web", "image": "gitops-lab/web:1.0"}]
    cluster.create(
        "v1", "Pod", "lonely", metadata={"labels": LABELS}, spec={"containers": containers}
    )
    create(cluster, minAvailable="50%")
    eventually(lambda: cluster.messages("UnmanagedPods"))
    eventually(lambda: counts(cluster) == (0, 1, 0, 0))
