"""Pods that ask for a RuntimeClass."""

import pytest

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Forbidden
from gitops_lab.kube.objects import Object


def pod(namespace: str, runtime_class: str) -> Object:
    container = {"name": "main", "image": "gitops-lab/web:1.0"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"runtimeClassName": runtime_class, "containers": [container]},
    }


def test_a_pod_of_an_unknown_class_is_forbidden(client: Client, namespace: str) -> None:
    with pytest.raises(Forbidden, match='pod rejected: RuntimeClass "none" not found'):
        client.create(pod(namespace, "none"))


def test_a_pod_gets_the_overhead_of_its_class(client: Client, namespace: str) -> None:
    client.create(
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": namespace},
            "handler": "none",
            "overhead": {"podFixed": {"cpu": "10m"}},
        }
    )
    made = client.create(pod(namespace, namespace))
    assert made["spec"]["overhead"] == {"cpu": "10m"}
