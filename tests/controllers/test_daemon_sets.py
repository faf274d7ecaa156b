from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, labels_of, name_of, uid_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS, template


class Nodes:
    """The nodes of one test, which carry its namespace as a label."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.label = {"test": cluster.namespace}
        self.names: list[str] = []

    def add(self, taint: str = "", effect: str = "NoSchedule") -> str:
        name = f"{self._cluster.namespace}-{len(self.names) + 1}"
        metadata = {"name": name, "labels": self.label}
        self._cluster.client.create({"apiVersion": "v1", "kind": "Node", "metadata": metadata})
        self.names.append(name)
        self.taint(name, taint, effect)
        return name

    def taint(self, name: str, taint: str, effect: str = "NoSchedule") -> None:
        """Nothing but this taint; admission taints every new node."""
        taints = [{"key": taint, "effect": effect}] if taint else None
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        change = {"spec": {"taints": taints}}
        self._cluster.client.patch(node, change, content_type=MERGE_PATCH)

    def remove(self) -> None:
        for name in self.names:
            self._cluster.client.delete("v1", "Node", name)


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[Nodes]:
    found = Nodes(cluster)
    found.add()
    found.add()
    yield found
    found.remove()


def create(cluster: Cluster, **spec: Any) -> Object:
    made = template()
    made["spec"]["nodeSelector"] = {"test": cluster.namespace}
    asked = {"selector": {"matchLabels": LABELS}, "template": made, **spec}
    return cluster.create("apps/v1", "DaemonSet", "web", spec=asked)


def held(cluster: Cluster) -> Object:
    return cluster.get("apps/v1", "DaemonSet", "web")


def set_image(cluster: Cluster, image: str) -> None:
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
    cluster.client.patch(held(cluster), change, content_type=MERGE_PATCH)


def where(cluster: Cluster) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in cluster.pods())


def images(cluster: Cluster) -> list[str]:
    return sorted(pod["spec"]["containers"][0]["image"] for pod in cluster.pods())


def is_complete(cluster: Cluster, count: int) -> bool:
    one = held(cluster)
    status = one["status"]
    counters = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    is_observed = status.get("observedGeneration") == one["metadata"]["generation"]
    return {status.get(name, 0) for name in counters} == {count} and is_observed


def test_every_node_that_is_meant_to_gets_one_pod(cluster: Cluster, nodes: Nodes) -> None:
    create(cluster)
    eventually(lambda: is_complete(cluster, 2))
    assert where(cluster) == nodes.names
    pod = cluster.pods()[0]
    (revision,) = cluster.every("apps/v1", "ControllerRevision")
    digest = labels_of(revision)["controller-revision-hash"]
    assert name_of(revision) == f"web-{digest}"
    assert labels_of(pod) == {
        **LABELS,
        "controller-revision-hash": digest,
        "pod-template-generation": "1",
    }
    assert pod["metadata"]["generateName"] == "web-"
    nodes.add()
    eventually(lambda: is_complete(cluster, 3))
    assert where(cluster) == nodes.names


def test_a_tainted_node_gets_none_and_an_evicting_taint_takes_it(
    cluster: Cluster, nodes: Nodes
) -> None:
    nodes.add("gpu")
    create(cluster)
    eventually(lambda: is_complete(cluster, 2))
    nodes.taint(nodes.names[0], "gpu")
    seen = {"metadata": {"labels": {"seen": "yes"}}}  # the genuine controller needs a nudge here
    cluster.client.patch(held(cluster), seen, content_type=MERGE_PATCH)
    eventually(lambda: held(cluster)["status"].get("numberMisscheduled") == 1)
    assert where(cluster) == nodes.names[:2]
    nodes.taint(nodes.names[0], "gpu", "NoExecute")
    eventually(lambda: where(cluster) == [nodes.names[1]])
    eventually(lambda: is_complete(cluster, 1))


def test_a_deleted_or_failed_pod_is_replaced(cluster: Cluster, nodes: Nodes) -> None:
    create(cluster)
    eventually(lambda: is_complete(cluster, 2))
    first, second = cluster.pods()
    cluster.client.delete("v1", "Pod", name_of(first), cluster.namespace)
    failed = {"status": {"phase": "Failed"}}
    cluster.client.patch(second, failed, content_type=MERGE_PATCH, subresource="status")
    gone = {uid_of(first), uid_of(second)}
    eventually(lambda: not gone & {uid_of(pod) for pod in cluster.pods()})
    eventually(lambda: is_complete(cluster, 2))
    message = (
        f"Found failed daemon pod {cluster.namespace}/{name_of(second)} on node "
        f"{second['spec']['nodeName']}, will try to kill it"
    )
    eventually(lambda: cluster.messages("FailedDaemonPod") == [message])


def test_a_new_template_replaces_one_pod_after_the_other(cluster: Cluster, nodes: Nodes) -> None:
    create(cluster)
    eventually(lambda: is_complete(cluster, 2))
    cluster.kubelet.is_ready = lambda pod: pod["spec"]["containers"][0]["image"] != "bad"
    set_image(cluster, "bad")
    eventually(lambda: images(cluster) == ["bad", "gitops-lab/web:1.0"])
    eventually(lambda: held(cluster)["status"].get("updatedNumberScheduled") == 1)
    assert held(cluster)["status"]["numberUnavailable"] == 1
    assert images(cluster) == ["bad", "gitops-lab/web:1.0"]
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: is_complete(cluster, 2))
    assert images(cluster) == ["gitops-lab/web:1.1"] * 2
    numbers = sorted(one["revision"] for one in cluster.every("apps/v1", "ControllerRevision"))
    assert numbers == [1, 2, 3]


def test_a_surge_starts_the_new_pod_before_the_old_one_goes(cluster: Cluster, nodes: Nodes) -> None:
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    create(cluster, updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    eventually(lambda: is_complete(cluster, 2))
    cluster.kubelet.is_ready = lambda pod: pod["spec"]["containers"][0]["image"] != "bad"
    set_image(cluster, "bad")
    old = "gitops-lab/web:1.0"
    eventually(lambda: images(cluster) == ["bad", old, old])
    cluster.kubelet.is_ready = lambda pod: True
    cluster.kubelet.look_again()
    eventually(lambda: images(cluster) == ["bad", "bad"])
    eventually(lambda: is_complete(cluster, 2))


def test_on_delete_leaves_the_update_to_whoever_deletes(cluster: Cluster, nodes: Nodes) -> None:
    create(cluster, updateStrategy={"type": "OnDelete"})
    eventually(lambda: is_complete(cluster, 2))
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: held(cluster)["status"]["observedGeneration"] == 2)
    assert images(cluster) == ["gitops-lab/web:1.0"] * 2
    cluster.client.delete("v1", "Pod", name_of(cluster.pods()[0]), cluster.namespace)
    eventually(lambda: images(cluster) == ["gitops-lab/web:1.0", "gitops-lab/web:1.1"])
