from typing import Any

import pytest

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, is_terminating, name_of, uid_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import create_deployment, is_complete


def create(cluster: Cluster, name: str, *owners: Object, **metadata: Any) -> Object:
    references = [
        {
            "apiVersion": owner["apiVersion"],
            "kind": owner["kind"],
            "name": name_of(owner),
            "uid": uid_of(owner),
            "blockOwnerDeletion": True,
        }
        for owner in owners
    ]
    metadata = {**metadata, "ownerReferences": references}
    return cluster.create("v1", "ConfigMap", name, metadata=metadata)


def delete(cluster: Cluster, name: str, propagation: str = "Background") -> None:
    cluster.client.delete("v1", "ConfigMap", name, cluster.namespace, propagation=propagation)


def is_gone(cluster: Cluster, name: str) -> bool:
    return cluster.is_gone("v1", "ConfigMap", name)


def owners(cluster: Cluster, name: str) -> list[str]:
    references = cluster.get("v1", "ConfigMap", name)["metadata"].get("ownerReferences") or []
    return [reference["name"] for reference in references]


def test_dependents_follow_their_owner_down_the_line(cluster: Cluster) -> None:
    owner = create(cluster, "owner")
    child = create(cluster, "child", owner)
    create(cluster, "grandchild", child)
    delete(cluster, "owner")
    eventually(lambda: is_gone(cluster, "grandchild"))
    assert is_gone(cluster, "child")


def test_one_owner_of_two_is_enough(cluster: Cluster) -> None:
    one, two = create(cluster, "one"), create(cluster, "two")
    create(cluster, "child", one, two)
    delete(cluster, "one")
    eventually(lambda: owners(cluster, "child") == ["two"])
    delete(cluster, "two")
    eventually(lambda: is_gone(cluster, "child"))


def test_in_the_foreground_the_owner_goes_last(cluster: Cluster) -> None:
    owner = create(cluster, "owner")
    create(cluster, "child", owner, finalizers=["example.com/wait"])
    delete(cluster, "owner", "Foreground")
    eventually(lambda: is_terminating(cluster.get("v1", "ConfigMap", "child")))
    assert "foregroundDeletion" in cluster.get("v1", "ConfigMap", "owner")["metadata"]["finalizers"]
    child = cluster.get("v1", "ConfigMap", "child")
    cluster.client.patch(child, {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
    eventually(lambda: is_gone(cluster, "owner"))


def test_orphans_stay(cluster: Cluster) -> None:
    owner = create(cluster, "owner")
    create(cluster, "child", owner)
    delete(cluster, "owner", "Orphan")
    eventually(lambda: is_gone(cluster, "owner"))
    assert owners(cluster, "child") == []


def test_an_owner_that_never_was_is_no_owner(cluster: Cluster) -> None:
    ghost = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ghost", "uid": "0d3b8f5c-4d5c-4f9e-9d53-000000000000"},
    }
    create(cluster, "child", ghost)
    eventually(lambda: is_gone(cluster, "child"))


def test_a_circle_can_be_deleted(cluster: Cluster) -> None:
    one = create(cluster, "one")
    two = create(cluster, "two", one)
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "two",
        "uid": uid_of(two),
        "blockOwnerDeletion": True,
    }
    change = {"metadata": {"ownerReferences": [reference]}}
    cluster.client.patch(one, change, content_type=MERGE_PATCH)
    delete(cluster, "one", "Foreground")
    eventually(lambda: is_gone(cluster, "one") and is_gone(cluster, "two"))


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_a_deployment_takes_its_sets_and_pods_along(cluster: Cluster, propagation: str) -> None:
    create_deployment(cluster)
    eventually(lambda: is_complete(cluster, 2))
    cluster.client.delete(
        "apps/v1", "Deployment", "web", cluster.namespace, propagation=propagation
    )
    eventually(lambda: not cluster.every("v1", "Pod"))
    eventually(lambda: not cluster.every("apps/v1", "ReplicaSet"))
    eventually(lambda: cluster.is_gone("apps/v1", "Deployment", "web"))


def test_an_orphaned_set_is_adopted_by_the_next_deployment(cluster: Cluster) -> None:
    create_deployment(cluster)
    eventually(lambda: is_complete(cluster, 2))
    before = sorted(map(name_of, cluster.pods()))
    cluster.client.delete("apps/v1", "Deployment", "web", cluster.namespace, propagation="Orphan")
    eventually(lambda: cluster.is_gone("apps/v1", "Deployment", "web"))
    assert sorted(map(name_of, cluster.pods())) == before
    again = create_deployment(cluster)
    eventually(lambda: len(cluster.owned("apps/v1", "ReplicaSet", again)) == 1)
    eventually(lambda: is_complete(cluster, 2))
    assert sorted(map(name_of, cluster.pods())) == before


def test_custom_objects_own_and_are_owned(cluster: Cluster) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"plural": "gardens", "singular": "garden", "kind": "Garden", "listKind": "GardenList"}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gardens.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": names,
            "versions": [version],
        },
    }
    made = cluster.client.create(definition)

    def plant() -> Object | None:
        try:
            return cluster.create("example.com/v1", "Garden", "roses")
        except Exception as error:
            raise AssertionError(str(error)) from error

    garden = eventually(plant)
    assert garden is not None
    create(cluster, "tool", garden)
    cluster.client.delete("example.com/v1", "Garden", "roses", cluster.namespace)
    eventually(lambda: is_gone(cluster, "tool"))
    cluster.client.delete("apiextensions.k8s.io/v1", "CustomResourceDefinition", name_of(made))
