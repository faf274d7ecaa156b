import json

import pytest

from gitops_lab.apiserver.discovery import Discovery
from gitops_lab.apiserver.discovery.groups import version_rank
from gitops_lab.apiserver.discovery.service import wanted_form
from gitops_lab.apiserver.types.registry import Registry, Resource, Subresource
from gitops_lab.apiserver.types.schema import ANYTHING

KUBECTL = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


@pytest.fixture
def discovery() -> Discovery:
    return Discovery(Registry.builtin())


def widget(version: str = "v1") -> Resource:
    return Resource(
        group="shop.example.com",
        version=version,
        kind="Widget",
        plural="widgets",
        singular="widget",
        namespaced=True,
        verbs=("get", "list"),
        schema=ANYTHING,
        short_names=("wd",),
        subresources=(Subresource("scale", "Scale", ("get",), "autoscaling", "v1"),),
        custom=True,
    )


def answer(discovery: Discovery, path: str, accept: str = "") -> dict:
    document = discovery.respond(path, accept)
    assert document is not None
    return json.loads(document.body())


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (KUBECTL, "v2"),
        ("application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", "v2beta1"),
        ("application/json", "legacy"),
        ("*/*", "legacy"),
        ("", "legacy"),
        ("application/vnd.kubernetes.protobuf", "legacy"),
    ],
)
def test_the_first_form_that_a_client_accepts_is_served(accept: str, form: str) -> None:
    assert wanted_form(accept) == form


def test_kubectl_gets_the_aggregated_form_with_its_content_type(discovery: Discovery) -> None:
    document = discovery.respond("/apis", KUBECTL)
    assert document is not None
    assert document.content_type == (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    )
    content = json.loads(document.body())
    names = [each["metadata"]["name"] for each in content["items"]]
    assert names[:3] == ["apiregistration.k8s.io", "apps", "events.k8s.io"]


def test_core_is_under_api_alone(discovery: Discovery) -> None:
    items = answer(discovery, "/api", KUBECTL)["items"]
    assert [each["metadata"] for each in items] == [{}]
    pods = next(r for r in items[0]["versions"][0]["resources"] if r["resource"] == "pods")
    assert pods["shortNames"] == ["po"]
    assert {"subresource": "log", "verbs": ["get"]}.items() <= next(
        each for each in pods["subresources"] if each["subresource"] == "log"
    ).items()


def test_subresources_of_another_group_name_it(discovery: Discovery) -> None:
    rows = answer(discovery, "/apis/apps/v1")["resources"]
    scale = next(each for each in rows if each["name"] == "deployments/scale")
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    status = next(each for each in rows if each["name"] == "deployments/status")
    assert "group" not in status


def test_a_group_prefers_its_stable_version(discovery: Discovery) -> None:
    group = answer(discovery, "/apis/autoscaling")
    assert group["preferredVersion"] == {"groupVersion": "autoscaling/v2", "version": "v2"}


def test_versions_come_by_maturity_and_number() -> None:
    names = ["v1alpha1", "foo", "v2", "v11", "v1beta2", "v1", "v1beta1"]
    wanted = ["v11", "v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "foo"]
    assert sorted(names, key=version_rank) == wanted


def test_what_is_not_served_is_not_found(discovery: Discovery) -> None:
    for path in ("/apis/nothing.example.com", "/apis/apps/v9", "/api/v2", "/apis/apps/v1/x"):
        assert discovery.respond(path) is None


def test_a_custom_resource_appears_and_disappears(discovery: Discovery) -> None:
    before = discovery.respond("/apis", KUBECTL)
    discovery.registry.add(widget())
    rows = answer(discovery, "/apis/shop.example.com/v1")["resources"]
    assert [each["name"] for each in rows] == ["widgets", "widgets/scale"]
    last = answer(discovery, "/apis", KUBECTL)["items"][-1]
    assert last["metadata"]["name"] == "shop.example.com"
    discovery.registry.remove("shop.example.com", "widgets")
    assert discovery.respond("/apis/shop.example.com/v1") is None
    after = discovery.respond("/apis", KUBECTL)
    assert before is not None
    assert after is not None
    assert before.etag == after.etag


def test_an_answer_is_kept_until_the_registry_changes(discovery: Discovery) -> None:
    first = discovery.respond("/apis", KUBECTL)
    assert discovery.respond("/apis", KUBECTL) is first
    discovery.registry.add(widget())
    assert discovery.respond("/apis", KUBECTL) is not first
