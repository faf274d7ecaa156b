"""ReplicationControllers: kept alive for the tests and the tutorials that still use them."""

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, controller_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS, template


def create(cluster: Cluster, replicas: int) -> Object:
    spec = {"replicas": replicas, "selector": LABELS, "template": template()}
    return cluster.create("v1", "ReplicationController", "web", spec=spec)


def status(cluster: Cluster) -> Object:
    return cluster.get("v1", "ReplicationController", "web").get("status") or {}


def test_it_makes_owns_and_deletes_pods(cluster: Cluster) -> None:
    one = create(cluster, 3)
    eventually(lambda: status(cluster).get("availableReplicas") == 3)
    owners = [controller_of(pod) or {} for pod in cluster.pods()]
    assert {each["kind"] for each in owners} == {"ReplicationController"}
    cluster.client.patch(one, {"spec": {"replicas": 1}}, content_type=MERGE_PATCH)
    eventually(lambda: status(cluster).get("replicas") == 1)


def test_its_status_comes_to_rest(cluster: Cluster) -> None:
    create(cluster, 1)
    eventually(lambda: status(cluster).get("availableReplicas") == 1)
    assert "terminatingReplicas" not in status(cluster)
    assert status(cluster)["observedGeneration"] == 1
