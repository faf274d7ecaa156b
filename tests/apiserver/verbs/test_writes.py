"""create, update, patch and what they refuse."""

from typing import Any

import pytest

from gitops_lab.kube.client import JSON_PATCH, Client
from gitops_lab.kube.errors import AlreadyExists, ApiError, Conflict, Invalid, NotFound
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer


def in_namespace(obj: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}


def deployment(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "main", "image": "gitops-lab/web:1.0"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def test_a_new_object_gets_its_identity(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a", x="1"), namespace))
    metadata = made["metadata"]
    assert len(metadata["uid"]) == 36
    assert metadata["creationTimestamp"].endswith("Z")
    assert int(metadata["resourceVersion"]) > 0
    assert client.get("v1", "ConfigMap", "a", namespace) == made


def test_a_name_is_taken_once(client: Client, namespace: str) -> None:
    client.create(in_namespace(config_map("a"), namespace))
    with pytest.raises(AlreadyExists) as caught:
        client.create(in_namespace(config_map("a"), namespace))
    assert caught.value.message == 'configmaps "a" already exists'
    assert caught.value.status["details"] == {"name": "a", "kind": "configmaps"}


def test_names_are_generated(client: Client, namespace: str) -> None:
    obj = in_namespace(config_map(""), namespace)
    obj["metadata"] = {"generateName": "job-", "namespace": namespace}
    first, second = client.create(obj), client.create(obj)
    names = {first["metadata"]["name"], second["metadata"]["name"]}
    assert len(names) == 2
    assert all(name.startswith("job-") and len(name) == 9 for name in names)


def test_a_missing_namespace_is_told(client: Client) -> None:
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        client.create(in_namespace(config_map("a"), "nowhere"))


def test_an_update_needs_the_latest_version(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a", x="1"), namespace))
    client.update({**made, "data": {"x": "2"}})
    with pytest.raises(Conflict) as caught:
        client.update({**made, "data": {"x": "3"}})
    assert caught.value.message == (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_a_write_that_changes_nothing_keeps_the_version(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a", x="1"), namespace))
    same = client.update(made)
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_generation_counts_changes_of_the_spec_alone(client: Client, namespace: str) -> None:
    made = client.create(deployment("web", namespace))
    assert made["metadata"]["generation"] == 1
    labelled = client.patch(made, {"metadata": {"labels": {"a": "b"}}})
    assert labelled["metadata"]["generation"] == 1
    scaled = client.patch(made, {"spec": {"replicas": 3}})
    assert scaled["metadata"]["generation"] == 2


def test_status_and_spec_are_written_apart(client: Client, namespace: str) -> None:
    made = client.create({**deployment("web", namespace), "status": {"replicas": 7}})
    assert made["status"].get("replicas", 0) == 0
    by_status = client.patch(
        made, {"spec": {"replicas": 5}, "status": {"replicas": 2}}, subresource="status"
    )
    assert (by_status["spec"]["replicas"], by_status["status"]["replicas"]) == (1, 2)
    by_spec = client.patch(made, {"spec": {"replicas": 5}, "status": {"replicas": 9}})
    assert (by_spec["spec"]["replicas"], by_spec["status"]["replicas"]) == (5, 2)


def test_a_dry_run_stores_nothing(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a"), namespace), dry_run=True)
    assert made["metadata"]["uid"]
    with pytest.raises(NotFound):
        client.get("v1", "ConfigMap", "a", namespace)


def test_a_json_patch_whose_test_fails_is_invalid(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a", x="1"), namespace))
    operations = [{"op": "test", "path": "/data/x", "value": "9"}]
    with pytest.raises(Invalid):
        client.patch(made, operations, content_type=JSON_PATCH)


def test_a_patch_may_insist_on_a_version(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a", x="1"), namespace))
    client.patch(made, {"data": {"x": "2"}})
    version = made["metadata"]["resourceVersion"]
    with pytest.raises(Conflict):
        client.patch(made, {"metadata": {"resourceVersion": version}, "data": {"x": "3"}})


def test_a_patch_can_not_rename(client: Client, namespace: str) -> None:
    made = client.create(in_namespace(config_map("a"), namespace))
    with pytest.raises(ApiError) as caught:
        client.patch(made, {"metadata": {"name": "b"}})
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("mode", "code", "warns"), [("Strict", 400, False), ("Warn", 201, True), ("Ignore", 201, False)]
)
def test_unknown_and_repeated_fields(
    server: RunningServer, namespace: str, mode: str, code: int, warns: bool
) -> None:
    body = b'{"metadata": {"name": "a"}, "datta": {}, "data": {"x": "1", "x": "2"}}'
    path = f"/api/v1/namespaces/{namespace}/configmaps?fieldValidation={mode}"
    reply = send(server, "POST", path, body)
    assert reply.code == code
    if code == 400:
        assert reply.json["message"] == (
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '
            'unknown field "datta", duplicate field "data.x"'
        )
    assert ("warning" in reply.headers) == warns


def test_a_wrong_type_is_told_in_the_servers_words(server: RunningServer, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    reply = send(server, "POST", path, deployment("web", namespace, replicas="three"))
    assert reply.code == 400
    assert "cannot unmarshal string into Go struct field" in reply.json["message"]


def test_an_apply_creates_then_changes(server: RunningServer, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/a?fieldManager=me"
    headers = {"Content-Type": "application/apply-patch+yaml"}
    first = send(server, "PATCH", path, config_map("a", x="1"), headers)
    second = send(server, "PATCH", path, config_map("a", x="2"), headers)
    assert (first.code, second.code) == (201, 200)
    assert second.json["data"] == {"x": "2"}
    unnamed = send(server, "PATCH", path.partition("?")[0], config_map("a"), headers)
    assert unnamed.code == 422


def test_field_conflicts_are_named_and_can_be_forced(client: Client, namespace: str) -> None:
    client.apply(in_namespace(config_map("a", x="1"), namespace), field_manager="one")
    other = in_namespace(config_map("a", x="2"), namespace)
    with pytest.raises(Conflict) as caught:
        client.apply(other, field_manager="two")
    assert caught.value.message == 'Apply failed with 1 conflict: conflict with "one": .data.x'
    (cause,) = caught.value.status["details"]["causes"]
    assert (cause["reason"], cause["field"]) == ("FieldManagerConflict", ".data.x")
    forced = client.apply(other, field_manager="two", force=True)
    assert forced["data"] == {"x": "2"}


def test_what_an_applier_leaves_out_goes_away(client: Client, namespace: str) -> None:
    client.apply(in_namespace(config_map("a", x="1", y="1"), namespace), field_manager="one")
    left = client.apply(in_namespace(config_map("a", x="1"), namespace), field_manager="one")
    assert left["data"] == {"x": "1"}
