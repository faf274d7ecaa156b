import json
from typing import Any

import pytest

from gitops_lab.apiserver.openapi import OpenApi, takes_json
from gitops_lab.apiserver.openapi.service import FOR_EVER
from gitops_lab.apiserver.types.registry import Registry, Resource
from gitops_lab.apiserver.types.schema import Schema

DEPLOYMENT = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
WIDGET = "com.example.shop.v1.Widget"


@pytest.fixture(scope="module")
def openapi() -> OpenApi:
    return OpenApi(Registry.builtin(), "v1.37.0+embedded")


def widget(schema: dict[str, Any]) -> Resource:
    return Resource(
        group="shop.example.com",
        version="v1",
        kind="Widget",
        plural="widgets",
        singular="widget",
        namespaced=True,
        verbs=("get", "list", "create", "patch"),
        schema=Schema.from_openapi(schema),
        custom=True,
    )


def content(openapi: OpenApi, path: str) -> dict[str, Any]:
    reply = openapi.respond(path)
    assert reply is not None
    assert reply.document is not None
    return json.loads(reply.document.body())


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return {name for each in node for name in references(each)}
    if not isinstance(node, dict):
        return set()
    found = {name for each in node.values() for name in references(each)}
    if isinstance(node.get("$ref"), str):
        found.add(node["$ref"].rpartition("/")[2])
    return found


def test_the_index_leads_to_every_group_version(openapi: OpenApi) -> None:
    paths = content(openapi, "/openapi/v3")["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/batch/v1"} <= set(paths)
    for each in paths.values():
        path, _, query = each["serverRelativeURL"].partition("?hash=")
        reply = openapi.respond(path, query)
        assert reply is not None
        assert reply.cache_control == FOR_EVER


def test_a_document_refers_to_nothing_that_it_lacks(openapi: OpenApi) -> None:
    for path in content(openapi, "/openapi/v3")["paths"]:
        document = content(openapi, f"/openapi/v3/{path}")
        assert references(document) <= set(document["components"]["schemas"]), path


def test_patch_tells_kubectl_of_field_validation_and_strategic_merge(openapi: OpenApi) -> None:
    patch = content(openapi, "/openapi/v3/apis/apps/v1")["paths"][DEPLOYMENT]["patch"]
    assert {"fieldValidation", "dryRun", "fieldManager", "force"} == {
        each["name"] for each in patch["parameters"]
    }
    assert "application/strategic-merge-patch+json" in patch["requestBody"]["content"]
    assert patch["x-kubernetes-group-version-kind"]["kind"] == "Deployment"
    assert patch["operationId"] == "patchAppsV1NamespacedDeployment"


def test_a_custom_resource_has_a_document_with_its_own_schema() -> None:
    openapi = OpenApi(Registry.builtin())
    openapi.registry.add(widget({"type": "object", "properties": {"spec": {"type": "object"}}}))
    document = content(openapi, "/openapi/v3/apis/shop.example.com/v1")
    schema = document["components"]["schemas"][WIDGET]
    assert set(schema["properties"]) == {"apiVersion", "kind", "metadata", "spec"}
    path = "/apis/shop.example.com/v1/namespaces/{namespace}/widgets/{name}"
    types = document["paths"][path]["patch"]["requestBody"]["content"]
    assert "application/strategic-merge-patch+json" not in types


def test_a_change_of_schema_changes_only_its_own_hash() -> None:
    openapi = OpenApi(Registry.builtin())
    openapi.registry.add(widget({"type": "object"}))
    before = content(openapi, "/openapi/v3")["paths"]
    old = before["apis/shop.example.com/v1"]["serverRelativeURL"].rpartition("=")[2]
    openapi.registry.add(widget({"type": "object", "description": "new"}))
    after = content(openapi, "/openapi/v3")["paths"]
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["apis/shop.example.com/v1"]
    moved = openapi.respond("/openapi/v3/apis/shop.example.com/v1", old)
    assert moved is not None
    assert moved.location == after["apis/shop.example.com/v1"]["serverRelativeURL"]


def test_unknown_groups_are_not_found(openapi: OpenApi) -> None:
    assert openapi.respond("/openapi/v3/apis/nothing.example.com/v1") is None


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("", True),
        ("*/*", True),
        ("application/json", True),
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf,application/json", True),
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", False),
    ],
)
def test_clients_that_take_protobuf_alone_are_told_apart(accept: str, json: bool) -> None:
    assert takes_json(accept) is json


def test_v2_says_the_same_without_v3_words(openapi: OpenApi) -> None:
    document = content(openapi, "/openapi/v2")
    assert document["swagger"] == "2.0"
    spec = document["definitions"]["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"]
    assert spec["$ref"] == "#/definitions/io.k8s.api.apps.v1.DeploymentSpec"
    assert DEPLOYMENT in document["paths"]
    text = json.dumps(document)
    assert "#/components/" not in text
    assert references(document) <= set(document["definitions"])
