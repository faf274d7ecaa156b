from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, controller_of, name_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS, template


def create(cluster: Cluster, replicas: int) -> Object:
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": LABELS},
        "template": template(),
    }
    return cluster.create("apps/v1", "ReplicaSet", "web", spec=spec)


def status(cluster: Cluster) -> Object:
    return cluster.get("apps/v1", "ReplicaSet", "web").get("status") or {}


def test_exactly_as_many_pods_are_made_as_asked_for(cluster: Cluster) -> None:
    create(cluster, 12)
    eventually(lambda: status(cluster).get("availableReplicas") == 12)
    assert len(cluster.every("v1", "Pod")) == 12
    assert status(cluster)["fullyLabeledReplicas"] == 12


def test_a_deleted_pod_is_replaced_and_a_surplus_deleted(cluster: Cluster) -> None:
    one = create(cluster, 3)
    eventually(lambda: status(cluster).get("availableReplicas") == 3)
    victim = name_of(cluster.pods()[0])
    cluster.client.delete("v1", "Pod", victim, cluster.namespace)
    eventually(lambda: len(cluster.pods()) == 3 and victim not in map(name_of, cluster.pods()))
    cluster.client.patch(one, {"spec": {"replicas": 1}}, content_type=MERGE_PATCH)
    eventually(lambda: status(cluster).get("replicas") == 1)
    eventually(lambda: len(cluster.messages("SuccessfulDelete")) == 2)


def test_an_orphan_is_adopted_and_a_relabelled_pod_released(cluster: Cluster) -> None:
    spec = {"containers": [{"name": "web", "image": "gitops-lab/web:1.0"}]}
    cluster.create("v1", "Pod", "lonely", metadata={"labels": LABELS}, spec=spec)
    one = create(cluster, 1)

    def owner(name: str) -> str | None:
        return (controller_of(cluster.get("v1", "Pod", name)) or {}).get("uid")

    eventually(lambda: owner("lonely") == one["metadata"]["uid"])
    eventually(lambda: status(cluster).get("replicas") == 1)
    assert [name_of(pod) for pod in cluster.pods()] == ["lonely"]
    change = {"metadata": {"labels": {"app": "other"}}}
    cluster.client.patch(cluster.get("v1", "Pod", "lonely"), change, content_type=MERGE_PATCH)
    eventually(lambda: owner("lonely") is None)
    eventually(lambda: len(cluster.pods()) == 2)
