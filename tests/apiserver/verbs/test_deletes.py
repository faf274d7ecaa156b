"""Deletion: finalizers, preconditions, propagation, grace, collections, namespaces."""

from typing import Any

import pytest

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Conflict, Forbidden, NotFound
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer


def make(client: Client, namespace: str, name: str, **metadata: Any) -> dict[str, Any]:
    obj = config_map(name)
    return client.create({**obj, "metadata": {"name": name, "namespace": namespace, **metadata}})


def make_pod(client: Client, namespace: str, name: str, node: str = "") -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "gitops-lab/web:1.0"}]}
    if node:
        spec["nodeName"] = node
    metadata = {"name": name, "namespace": namespace}
    return client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def test_a_deletion_is_answered_with_a_status(
    server: RunningServer, client: Client, namespace: str
) -> None:
    made = make(client, namespace, "a")
    reply = send(server, "DELETE", f"/api/v1/namespaces/{namespace}/configmaps/a")
    assert reply.json["status"] == "Success"
    assert reply.json["details"] == {
        "name": "a",
        "kind": "configmaps",
        "uid": made["metadata"]["uid"],
    }
    missing = send(server, "DELETE", f"/api/v1/namespaces/{namespace}/configmaps/a")
    assert (missing.code, missing.json["message"]) == (404, 'configmaps "a" not found')


def test_a_finalizer_holds_an_object_until_it_is_taken_off(client: Client, namespace: str) -> None:
    made = make(client, namespace, "a", finalizers=["test.example/hold"])
    client.delete("v1", "ConfigMap", "a", namespace)
    held = client.get("v1", "ConfigMap", "a", namespace)
    assert held["metadata"]["deletionTimestamp"]
    client.patch(made, {"metadata": {"finalizers": None}})
    with pytest.raises(NotFound):
        client.get("v1", "ConfigMap", "a", namespace)


@pytest.mark.parametrize(
    ("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
)
def test_propagation_is_left_to_garbage_collection(
    client: Client, namespace: str, policy: str, finalizer: str
) -> None:
    make(client, namespace, "a")
    client.delete("v1", "ConfigMap", "a", namespace, propagation=policy)
    held = client.get("v1", "ConfigMap", "a", namespace)
    assert held["metadata"]["finalizers"] == [finalizer]


def test_a_deletion_may_insist_on_a_uid(client: Client, namespace: str) -> None:
    make(client, namespace, "a")
    with pytest.raises(Conflict):
        client.delete("v1", "ConfigMap", "a", namespace, uid="someone-else")


def test_a_pod_on_a_node_is_deleted_by_its_node(
    server: RunningServer, client: Client, namespace: str
) -> None:
    make_pod(client, namespace, "web", node="gitops-lab-node")
    client.delete("v1", "Pod", "web", namespace)
    going = client.get("v1", "Pod", "web", namespace)
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    path = f"/api/v1/namespaces/{namespace}/pods/web?gracePeriodSeconds=0"
    assert send(server, "DELETE", path).code == 200
    with pytest.raises(NotFound):
        client.get("v1", "Pod", "web", namespace)


def test_a_pod_without_a_node_goes_at_once(client: Client, namespace: str) -> None:
    make_pod(client, namespace, "web")
    client.delete("v1", "Pod", "web", namespace)
    with pytest.raises(NotFound):
        client.get("v1", "Pod", "web", namespace)


def test_a_collection_is_deleted_by_selector(
    server: RunningServer, client: Client, namespace: str
) -> None:
    make(client, namespace, "a", labels={"app": "x"})
    make(client, namespace, "b")
    path = f"/api/v1/namespaces/{namespace}/configmaps?labelSelector=app%3Dx"
    deleted = send(server, "DELETE", path).json
    assert [each["metadata"]["name"] for each in deleted["items"]] == ["a"]
    left = client.list("v1", "ConfigMap", namespace).items
    assert [each["metadata"]["name"] for each in left] == ["b"]


def test_a_namespace_terminates_and_goes_when_it_is_finalized(
    server: RunningServer, client: Client, namespace: str
) -> None:
    client.delete("v1", "Namespace", namespace)
    ending = client.get("v1", "Namespace", namespace)
    assert ending["status"]["phase"] == "Terminating"
    with pytest.raises(Forbidden) as caught:
        make(client, namespace, "late")
    assert caught.value.message == (
        f'configmaps "late" is forbidden: unable to create new content in namespace {namespace} '
        "because it is being terminated"
    )
    ending["spec"]["finalizers"] = []
    path = f"/api/v1/namespaces/{namespace}/finalize"
    assert send(server, "PUT", path, ending).code == 200
    with pytest.raises(NotFound):
        client.get("v1", "Namespace", namespace)


@pytest.mark.parametrize(
    ("metadata", "finalizers", "code"),
    [({}, [], 400), ({"name": "default"}, [], 400), ({"name": "here"}, ["mine"], 422)],
)
def test_a_namespace_that_is_finalized_keeps_its_name_and_finalizers_with_a_domain(
    server: RunningServer,
    client: Client,
    namespace: str,
    metadata: dict[str, str],
    finalizers: list[str],
    code: int,
) -> None:
    named = {key: namespace if name == "here" else name for key, name in metadata.items()}
    body = {"metadata": named, "spec": {"finalizers": finalizers}}
    assert send(server, "PUT", f"/api/v1/namespaces/{namespace}/finalize", body).code == code
    assert client.get("v1", "Namespace", namespace)["spec"]["finalizers"] == ["kubernetes"]
