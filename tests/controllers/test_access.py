import base64

import pytest

from gitops_lab.controllers.access.aggregation import gathered
from gitops_lab.kube.objects import Object
from tests.waiting import eventually

from .cluster import Cluster

RBAC = "rbac.authorization.k8s.io/v1"


def role(name: str, rules: list[Object], labels: dict[str, str]) -> Object:
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": metadata, "rules": rules}


def rule(resource: str) -> Object:
    return {"apiGroups": [""], "resources": [resource], "verbs": ["get"]}


def test_rules_are_gathered_once_and_not_from_itself() -> None:
    chosen = {"to": "all"}
    whole = {
        **role("whole", [rule("own")], chosen),
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": chosen}]},
    }
    roles = [
        role("a", [rule("pods"), rule("nodes")], chosen),
        role("b", [rule("pods")], chosen),
        role("c", [rule("secrets")], {}),
        whole,
    ]
    assert gathered(whole, roles) == [rule("pods"), rule("nodes")]


def test_a_new_cluster_s_roles_are_whole_and_take_in_more(cluster: Cluster) -> None:
    def resources(name: str) -> set[str]:
        found = cluster.client.get(RBAC, "ClusterRole", name)
        return {each for one in found["rules"] or [] for each in one.get("resources", [])}

    eventually(lambda: {"pods", "deployments", "rolebindings"} <= resources("admin"))
    assert "rolebindings" not in resources("edit")
    more = role(
        f"{cluster.namespace}-gadgets",
        [rule("gadgets")],
        {"rbac.authorization.k8s.io/aggregate-to-view": "true"},
    )
    cluster.client.create(more)
    eventually(lambda: all("gadgets" in resources(name) for name in ("view", "edit", "admin")))
    cluster.client.delete(RBAC, "ClusterRole", more["metadata"]["name"])
    eventually(lambda: "gadgets" not in resources("admin"))


@pytest.fixture
def filled(cluster: Cluster) -> Object:
    cluster.create(
        "v1",
        "Secret",
        "of-default",
        metadata={"annotations": {"kubernetes.io/service-account.name": "default"}},
        type="kubernetes.io/service-account-token",
    )

    def has_token() -> Object | None:
        held = cluster.get("v1", "Secret", "of-default")
        return held if (held.get("data") or {}).get("token") else None

    found = eventually(has_token)
    assert found is not None
    return found


def test_a_secret_of_an_account_gets_its_token(cluster: Cluster, filled: Object) -> None:
    token = base64.b64decode(filled["data"]["token"]).decode()
    assert base64.b64decode(filled["data"]["namespace"]).decode() == cluster.namespace
    review = {"spec": {"token": token}}
    path = "/apis/authentication.k8s.io/v1/tokenreviews"
    status = cluster.client.request("POST", path, body=review)["status"]
    assert status["user"]["username"] == f"system:serviceaccount:{cluster.namespace}:default"


def test_it_goes_with_its_account(cluster: Cluster, filled: Object) -> None:
    cluster.client.delete("v1", "ServiceAccount", "default", cluster.namespace)
    eventually(lambda: cluster.is_gone("v1", "Secret", "of-default"))


def test_it_is_not_kept_without_an_account(cluster: Cluster) -> None:
    cluster.create(
        "v1",
        "Secret",
        "of-nobody",
        metadata={"annotations": {"kubernetes.io/service-account.name": "nobody"}},
        type="kubernetes.io/service-account-token",
    )
    eventually(lambda: cluster.is_gone("v1", "Secret", "of-nobody"))
