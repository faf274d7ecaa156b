from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, condition_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import create_deployment, is_complete


def namespace(cluster: Cluster, name: str) -> Object | None:
    try:
        return cluster.client.get("v1", "Namespace", name)
    except NotFound:
        return None


def make(cluster: Cluster, name: str) -> None:
    metadata = {"name": name}
    cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    cluster.namespace = name


def test_every_namespace_has_an_account_and_the_ca(cluster: Cluster) -> None:
    eventually(lambda: cluster.get("v1", "ConfigMap", "kube-root-ca.crt"))
    held = cluster.get("v1", "ConfigMap", "kube-root-ca.crt")
    assert held["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")
    cluster.client.patch(held, {"data": {"ca.crt": "no"}}, content_type=MERGE_PATCH)
    eventually(lambda: cluster.get("v1", "ConfigMap", "kube-root-ca.crt")["data"] == held["data"])
    account = cluster.get("v1", "ServiceAccount", "default")
    cluster.client.delete("v1", "ServiceAccount", "default", cluster.namespace)
    eventually(
        lambda: (
            cluster.get("v1", "ServiceAccount", "default")["metadata"]["uid"]
            != account["metadata"]["uid"]
        )
    )


def test_a_bundle_that_was_changed_while_no_controller_ran_is_put_right(cluster: Cluster) -> None:
    held = eventually(lambda: cluster.get("v1", "ConfigMap", "kube-root-ca.crt"))
    cluster.stop_controllers()
    cluster.client.patch(held, {"data": {"ca.crt": "no"}}, content_type=MERGE_PATCH)
    cluster.start_controllers()
    eventually(lambda: cluster.get("v1", "ConfigMap", "kube-root-ca.crt")["data"] == held["data"])


def test_a_deleted_namespace_is_emptied(cluster: Cluster) -> None:
    own = cluster.namespace
    make(cluster, f"{own}-full")
    eventually(lambda: cluster.get("v1", "ServiceAccount", "default"))
    create_deployment(cluster)
    eventually(lambda: is_complete(cluster, 2))
    cluster.client.delete("v1", "Namespace", cluster.namespace)
    eventually(lambda: namespace(cluster, cluster.namespace) is None)
    assert not cluster.every("v1", "Pod")
    cluster.namespace = own


def test_a_namespace_that_waits_says_for_what(cluster: Cluster) -> None:
    own = cluster.namespace
    make(cluster, f"{own}-stuck")
    cluster.create("v1", "ConfigMap", "stuck", metadata={"finalizers": ["example.com/wait"]})
    cluster.client.delete("v1", "Namespace", cluster.namespace)

    def told(kind: str) -> str:
        condition = condition_of(namespace(cluster, cluster.namespace) or {}, kind) or {}
        return str(condition.get("message", ""))

    eventually(lambda: "configmaps. has 1 resource" in told("NamespaceContentRemaining"))
    assert "example.com/wait in 1 resource" in told("NamespaceFinalizersRemaining")
    held = cluster.get("v1", "ConfigMap", "stuck")
    cluster.client.patch(held, {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
    eventually(lambda: namespace(cluster, cluster.namespace) is None)
    cluster.namespace = own
