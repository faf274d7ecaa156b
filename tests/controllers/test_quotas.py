from typing import Any

import pytest

from gitops_lab.kube.errors import Forbidden
from gitops_lab.kube.objects import Object
from tests.waiting import eventually

from .cluster import Cluster


def limit(cluster: Cluster, **spec: Any) -> None:
    cluster.create("v1", "ResourceQuota", "limits", spec=spec)


def used(cluster: Cluster) -> dict[str, str]:
    status = cluster.get("v1", "ResourceQuota", "limits").get("status") or {}
    return dict(status.get("used") or {})


def pod(cluster: Cluster, name: str, **requests: str) -> Object:
    container: Object = {"name": "web", "image": "gitops-lab/web:1.0"}
    if requests:
        container["resources"] = {"requests": requests}
    return cluster.create("v1", "Pod", name, spec={"containers": [container]})


def known_where_pods_are_admitted(cluster: Cluster, name: str) -> bool:
    """A genuine server admits by a copy of the quota, which may be older than what we have read."""
    container = {"name": "web", "image": "gitops-lab/web:1.0"}
    metadata = {"name": name, "namespace": cluster.namespace}
    asked = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    try:
        cluster.client.create({**asked, "spec": {"containers": [container]}}, dry_run=True)
    except Forbidden:
        return True
    return False


def test_what_is_used_is_shown(cluster: Cluster) -> None:
    names = ("pods", "requests.cpu", "requests.memory", "count/configmaps", "services.nodeports")
    limit(cluster, hard={**dict.fromkeys(names, "9"), "requests.memory": "1Gi"})
    nothing = dict.fromkeys(names, "0")
    eventually(lambda: used(cluster) == {**nothing, "count/configmaps": "1"})
    pod(cluster, "one", cpu="250m", memory="64Mi")
    pod(cluster, "two", cpu="1", memory="64Mi")
    ports = [{"port": 80}]
    cluster.create("v1", "Service", "web", spec={"type": "NodePort", "ports": ports})
    cluster.create("v1", "ConfigMap", "more", data={})
    wanted = {
        "pods": "2",
        "requests.cpu": "1250m",
        "requests.memory": "128Mi",
        "count/configmaps": "2",
        "services.nodeports": "1",
    }
    eventually(lambda: used(cluster) == wanted)
    cluster.client.delete("v1", "Pod", "two", cluster.namespace)
    eventually(lambda: used(cluster)["requests.cpu"] == "250m")


def test_what_is_one_too_many_is_refused(cluster: Cluster) -> None:
    limit(cluster, hard={"pods": "1", "count/deployments.apps": "0"})
    eventually(lambda: used(cluster) == {"pods": "0", "count/deployments.apps": "0"})
    pod(cluster, "one")
    eventually(lambda: used(cluster) == {"pods": "1", "count/deployments.apps": "0"})
    eventually(lambda: known_where_pods_are_admitted(cluster, "two"))
    with pytest.raises(Forbidden) as refused:
        pod(cluster, "two")
    assert str(refused.value) == (
        'pods "two" is forbidden: exceeded quota: limits, '
        "requested: pods=1, used: pods=1, limited: pods=1"
    )


def test_a_quota_on_processors_makes_every_container_say_what_it_asks_for(
    cluster: Cluster,
) -> None:
    limit(cluster, hard={"requests.cpu": "1"})
    eventually(lambda: used(cluster) == {"requests.cpu": "0"})
    eventually(lambda: known_where_pods_are_admitted(cluster, "one"))
    with pytest.raises(Forbidden, match=r"must specify requests\.cpu for: web"):
        pod(cluster, "one")
    with pytest.raises(Forbidden, match=r"requested: requests\.cpu=2, used: requests\.cpu=0"):
        pod(cluster, "one", cpu="2")
    pod(cluster, "one", cpu="400m")
    eventually(lambda: used(cluster) == {"requests.cpu": "400m"})


def test_scopes_choose_the_pods_that_count(cluster: Cluster) -> None:
    limit(cluster, hard={"pods": "5"}, scopes=["BestEffort"])
    pod(cluster, "one")
    pod(cluster, "two", cpu="1m")
    eventually(lambda: used(cluster) == {"pods": "1"})
