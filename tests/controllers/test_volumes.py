from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, annotations_of, name_of, uid_of
from tests.waiting import eventually

from .cluster import Cluster

SELECTED = "volume.kubernetes.io/selected-node"


def claim(cluster: Cluster, size: str = "1Gi", **spec: Any) -> Object:
    asked = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        **spec,
    }
    return cluster.create("v1", "PersistentVolumeClaim", "data", spec=asked)


def held(cluster: Cluster) -> Object:
    return cluster.get("v1", "PersistentVolumeClaim", "data")


def phase(cluster: Cluster) -> str:
    return str(held(cluster)["status"]["phase"])


def select_node(cluster: Cluster) -> None:
    change = {"metadata": {"annotations": {SELECTED: "node-1"}}}
    cluster.client.patch(held(cluster), change, content_type=MERGE_PATCH)


def volume(cluster: Cluster, name: str) -> Object:
    try:
        return cluster.client.get("v1", "PersistentVolume", name)
    except NotFound as error:
        raise LookupError(name) from error


def is_volume_gone(cluster: Cluster, name: str) -> bool:
    try:
        volume(cluster, name)
    except LookupError:
        return True
    return False


@pytest.fixture
def shelf(cluster: Cluster) -> Iterator[str]:
    """The class of two volumes that an administrator made: of one and of five gigabytes."""
    names = [f"{cluster.namespace}-{size}" for size in ("5", "1")]
    for name in names:
        spec = {
            "capacity": {"storage": f"{name[-1]}Gi"},
            "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
            "storageClassName": cluster.namespace,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/tmp"},
        }
        metadata = {"name": name}
        cluster.client.create(
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
        )
    for name in names:
        eventually(lambda n=name: volume(cluster, n)["status"]["phase"] == "Available")  # type: ignore[misc]
    yield cluster.namespace
    for name in names:
        cluster.client.delete("v1", "PersistentVolume", name)


def test_a_claim_waits_for_its_first_pod_and_then_gets_a_volume(cluster: Cluster) -> None:
    claim(cluster)
    eventually(
        lambda: (
            cluster.messages("WaitForFirstConsumer")
            == ["waiting for first consumer to be created before binding"]
        )
    )
    assert phase(cluster) == "Pending"
    assert held(cluster)["spec"]["storageClassName"] == "standard"
    select_node(cluster)
    eventually(lambda: phase(cluster) == "Bound")
    name = held(cluster)["spec"]["volumeName"]
    assert name == f"pvc-{uid_of(held(cluster))}"
    assert held(cluster)["status"]["capacity"] == {"storage": "1Gi"}
    marks = annotations_of(held(cluster))
    assert marks["pv.kubernetes.io/bind-completed"] == "yes"
    eventually(lambda: volume(cluster, name)["status"]["phase"] == "Bound")
    reference = volume(cluster, name)["spec"]["claimRef"]
    assert (reference["namespace"], reference["name"]) == (cluster.namespace, "data")
    eventually(
        lambda: (
            cluster.messages("ProvisioningSucceeded") == [f"Successfully provisioned volume {name}"]
        )
    )


def test_a_volume_that_was_made_for_a_claim_goes_with_it(cluster: Cluster) -> None:
    claim(cluster)
    select_node(cluster)
    eventually(lambda: phase(cluster) == "Bound")
    name = held(cluster)["spec"]["volumeName"]
    cluster.client.delete("v1", "PersistentVolumeClaim", "data", cluster.namespace)
    eventually(lambda: is_volume_gone(cluster, name))


def test_a_claim_takes_the_smallest_volume_that_fits(cluster: Cluster, shelf: str) -> None:
    claim(cluster, "500Mi", storageClassName=shelf)
    eventually(lambda: phase(cluster) == "Bound")
    assert held(cluster)["spec"]["volumeName"] == f"{shelf}-1"
    assert held(cluster)["status"]["capacity"] == {"storage": "1Gi"}
    cluster.client.delete("v1", "PersistentVolumeClaim", "data", cluster.namespace)
    eventually(lambda: volume(cluster, f"{shelf}-1")["status"]["phase"] == "Released")


def test_a_claim_that_no_volume_fits_stays_pending(cluster: Cluster, shelf: str) -> None:
    claim(cluster, "7Gi", storageClassName=shelf)
    eventually(
        lambda: (
            cluster.messages("ProvisioningFailed")
            == [f'storageclass.storage.k8s.io "{shelf}" not found']
        )
    )
    assert phase(cluster) == "Pending"


def test_a_claim_that_names_its_volume_gets_that_one(cluster: Cluster, shelf: str) -> None:
    claim(cluster, storageClassName=shelf, volumeName=f"{shelf}-5")
    eventually(lambda: phase(cluster) == "Bound")
    assert volume(cluster, f"{shelf}-5")["spec"]["claimRef"]["name"] == "data"


def test_a_claim_stays_while_a_pod_mounts_it(cluster: Cluster) -> None:
    claim(cluster)
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    containers = [{"name": "web", "image": "gitops-lab/web:1.0"}]
    cluster.create("v1", "Pod", "user", spec={"containers": containers, "volumes": volumes})
    eventually(lambda: cluster.get("v1", "Pod", "user")["spec"].get("nodeName"))
    eventually(
        lambda: held(cluster)["metadata"].get("finalizers") == ["kubernetes.io/pvc-protection"]
    )
    cluster.client.delete("v1", "PersistentVolumeClaim", "data", cluster.namespace)
    assert name_of(held(cluster)) == "data"
    cluster.client.delete("v1", "Pod", "user", cluster.namespace)
    eventually(lambda: cluster.is_gone("v1", "PersistentVolumeClaim", "data"))
