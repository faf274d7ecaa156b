"""LimitRanges: the sum of a pod, and defaults that a quota then counts."""

import pytest

from gitops_lab.apiserver.limits import whole
from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Forbidden
from gitops_lab.kube.objects import Object


def container(memory: str, **more: str) -> Object:
    return {"name": "c", "image": "i", "resources": {"requests": {"memory": memory}}, **more}


@pytest.mark.parametrize(
    ("spec", "memory"),
    [
        ({"containers": [container("1Gi"), container("512Mi")]}, "1536Mi"),
        ({"containers": [container("1Gi")], "initContainers": [container("2Gi")]}, "2Gi"),
        (
            {
                "containers": [container("1Gi")],
                "initContainers": [container("1Gi", restartPolicy="Always"), container("2Gi")],
            },
            "3Gi",
        ),
    ],
)
def test_a_pod_asks_for_what_runs_at_once(spec: Object, memory: str) -> None:
    assert str(whole(spec, "requests")["memory"]) == memory


def test_defaults_make_a_pod_fit_a_quota(client: Client, namespace: str) -> None:
    quota: Object = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": namespace},
        "spec": {"hard": {"limits.memory": "300Mi"}},
    }
    limits: Object = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "l", "namespace": namespace},
        "spec": {"limits": [{"type": "Container", "default": {"memory": "200Mi"}}]},
    }
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "p-", "namespace": namespace},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    client.create(quota)
    with pytest.raises(Forbidden, match=r"must specify limits.memory for: c"):
        client.create(pod)
    client.create(limits)
    made = client.create(pod)
    assert made["spec"]["containers"][0]["resources"]["limits"] == {"memory": "200Mi"}
    assert made["status"]["qosClass"] == "Burstable"
    with pytest.raises(Forbidden, match=r"exceeded quota: q, requested: limits.memory=200Mi"):
        client.create(pod)
