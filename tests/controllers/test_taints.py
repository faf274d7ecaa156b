"""Pods leave a node with a taint that they don't tolerate."""

import pytest

from gitops_lab.controllers.taints.controller import patience_of
from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, name_of
from tests.waiting import eventually

from .cluster import Cluster

GPU = {"key": "gpu", "value": "yes", "effect": "NoExecute"}
DISK = {"key": "disk", "effect": "NoExecute"}


def tolerating(*tolerations: Object) -> Object:
    return {"spec": {"tolerations": list(tolerations)}}


@pytest.mark.parametrize(
    ("pod", "taints", "seconds"),
    [
        (tolerating(), [], None),
        (tolerating(), [GPU], 0),
        (tolerating({"key": "gpu", "value": "yes"}), [GPU], None),
        (tolerating({"key": "gpu", "value": "no"}), [GPU], 0),
        (tolerating({"operator": "Exists", "tolerationSeconds": 30}), [GPU], 30),
        (tolerating({"operator": "Exists", "tolerationSeconds": -1}), [GPU], 0),
        (tolerating({"key": "gpu", "operator": "Exists"}), [GPU, DISK], 0),
        (
            tolerating(
                {"key": "gpu", "operator": "Exists", "tolerationSeconds": 30},
                {"key": "disk", "operator": "Exists", "tolerationSeconds": 10},
                {"key": "other", "operator": "Exists", "tolerationSeconds": 1},
            ),
            [GPU, DISK],
            10,
        ),
    ],
)
def test_the_shortest_of_what_is_tolerated_counts(
    pod: Object, taints: list[Object], seconds: float | None
) -> None:
    assert patience_of(pod, taints) == seconds


def test_a_taint_evicts_who_does_not_tolerate_it(cluster: Cluster) -> None:
    node = f"{cluster.namespace}-node"
    created = cluster.client.create(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}
    )
    try:
        taint(cluster, created, None)
        forever = {"operator": "Exists", "effect": "NoExecute"}
        place(cluster, node, "leaves")
        place(cluster, node, "stays", forever)
        place(cluster, node, "waits", {**forever, "tolerationSeconds": 1000})
        taint(cluster, created, [GPU])
        eventually(lambda: "leaves" not in present(cluster))
        assert {"stays", "waits"} <= present(cluster)
        # Its time is shortened by another toleration that it is given.
        waiting = cluster.get("v1", "Pod", "waits")
        given = [*waiting["spec"]["tolerations"], {**forever, "tolerationSeconds": 0}]
        cluster.client.patch(waiting, {"spec": {"tolerations": given}}, content_type=MERGE_PATCH)
        eventually(lambda: "waits" not in present(cluster))
        assert "stays" in present(cluster)
    finally:
        cluster.client.delete("v1", "Node", node)


def taint(cluster: Cluster, node: Object, taints: list[Object] | None) -> None:
    cluster.client.patch(node, {"spec": {"taints": taints}}, content_type=MERGE_PATCH)


def place(cluster: Cluster, node: str, name: str, *tolerations: Object) -> None:
    container = {"name": "main", "image": "i"}
    spec = {"nodeName": node, "containers": [container], "tolerations": list(tolerations)}
    cluster.create("v1", "Pod", name, spec=spec)


def present(cluster: Cluster) -> set[str]:
    """Pods that nobody has asked to go."""
    return {name_of(pod) for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]}
