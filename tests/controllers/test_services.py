from typing import Any

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, labels_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS


def create(cluster: Cluster, **spec: Any) -> Object:
    ports = [{"name": "web", "port": 80, "targetPort": "http"}]
    asked = {"selector": LABELS, "ports": ports, **spec}
    return cluster.create("v1", "Service", "web", spec=asked)


def create_pod(cluster: Cluster, name: str) -> Object:
    ports = [{"name": "http", "containerPort": 8080}]
    container = {"name": "web", "image": "gitops-lab/web:1.0", "ports": ports}
    spec = {"containers": [container]}
    return cluster.create("v1", "Pod", name, metadata={"labels": LABELS}, spec=spec)


def slices(cluster: Cluster) -> list[Object]:
    return [
        one
        for one in cluster.every("discovery.k8s.io/v1", "EndpointSlice")
        if labels_of(one).get("endpointslice.kubernetes.io/managed-by")
        == "endpointslice-controller.k8s.io"
    ]


def conditions(cluster: Cluster) -> list[tuple[bool, bool, bool]]:
    return [
        (c["ready"], c["serving"], c["terminating"])
        for one in slices(cluster)
        for c in [endpoint["conditions"] for endpoint in one.get("endpoints") or []]
    ]


def test_a_slice_follows_its_pods(cluster: Cluster) -> None:
    create(cluster)
    eventually(lambda: len(slices(cluster)) == 1)
    name = slices(cluster)[0]["metadata"]["name"]
    assert name.startswith("web-")
    create_pod(cluster, "web-1")
    eventually(lambda: conditions(cluster) == [(True, True, False)])
    (one,) = slices(cluster)
    assert one["metadata"]["name"] == name
    assert one["endpoints"][0]["targetRef"]["name"] == "web-1"
    assert one["endpoints"][0]["nodeName"] == "node-1"
    assert one["ports"] == [{"name": "web", "protocol": "TCP", "port": 8080}]


def test_a_leaving_pod_serves_but_is_not_ready(cluster: Cluster) -> None:
    create(cluster)
    create_pod(cluster, "web-1")
    eventually(lambda: conditions(cluster) == [(True, True, False)])
    cluster.kubelet.lets_go = lambda pod: False
    cluster.client.delete("v1", "Pod", "web-1", cluster.namespace)
    eventually(lambda: conditions(cluster) == [(False, True, True)])
    cluster.kubelet.lets_go = lambda pod: True
    cluster.kubelet.look_again()
    eventually(lambda: conditions(cluster) == [])


def test_endpoints_come_and_go_with_the_service(cluster: Cluster) -> None:
    create(cluster)
    create_pod(cluster, "web-1")

    def addresses() -> list[str]:
        subsets = cluster.get("v1", "Endpoints", "web").get("subsets") or []
        return [one["targetRef"]["name"] for subset in subsets for one in subset["addresses"]]

    eventually(lambda: addresses() == ["web-1"])
    cluster.client.delete("v1", "Service", "web", cluster.namespace)
    eventually(lambda: cluster.is_gone("v1", "Endpoints", "web"))
    eventually(lambda: not slices(cluster))


def test_a_slice_that_someone_deletes_is_put_back(cluster: Cluster) -> None:
    create(cluster)
    create_pod(cluster, "web-1")
    eventually(lambda: conditions(cluster) == [(True, True, False)])
    (one,) = slices(cluster)
    cluster.client.delete(
        "discovery.k8s.io/v1", "EndpointSlice", one["metadata"]["name"], cluster.namespace
    )
    eventually(lambda: conditions(cluster) == [(True, True, False)])


def test_a_changed_selector_changes_the_endpoints(cluster: Cluster) -> None:
    held = create(cluster)
    create_pod(cluster, "web-1")
    eventually(lambda: conditions(cluster) == [(True, True, False)])
    cluster.client.patch(held, {"spec": {"selector": {"app": "other"}}}, content_type=MERGE_PATCH)
    eventually(lambda: conditions(cluster) == [])
