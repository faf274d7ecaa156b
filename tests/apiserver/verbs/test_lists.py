"""Lists: selectors, pages, revisions, forms."""

from urllib.parse import quote

import pytest

import gitops_lab.apiserver.verbs.list as lists
from gitops_lab.kube.client import Client
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer

PARTIAL = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@pytest.fixture
def path(server: RunningServer, client: Client, namespace: str) -> str:
    """The ConfigMaps a (tier=web), b (tier=db), c and d of a namespace."""
    labels = {"a": {"tier": "web"}, "b": {"tier": "db"}, "c": {}, "d": {"old": ""}}
    for name in "abcd":
        metadata = {"name": name, "namespace": namespace, "labels": labels[name]}
        client.create({**config_map(name), "metadata": metadata})
    return f"/api/v1/namespaces/{namespace}/configmaps"


def names(server: RunningServer, path: str, query: str = "") -> str:
    reply = send(server, "GET", f"{path}?{query}")
    assert reply.code == 200, reply.body
    return "".join(each["metadata"]["name"] for each in reply.json["items"])


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("tier=web", "a"),
        ("tier==web", "a"),
        ("tier!=web", "bcd"),
        ("tier in (web,db)", "ab"),
        ("tier notin (web)", "bcd"),
        ("tier", "ab"),
        ("!tier", "cd"),
        ("tier,tier!=web", "b"),
        ("old=", "d"),
        ("tier = web , !old", "a"),
    ],
)
def test_label_selectors(server: RunningServer, path: str, selector: str, found: str) -> None:
    assert names(server, path, f"labelSelector={quote(selector)}") == found


@pytest.mark.parametrize("selector", ["tier in (", "a=b=c,", "=x", "a in ()x", "a>b"])
def test_a_broken_label_selector_is_a_bad_request(
    server: RunningServer, path: str, selector: str
) -> None:
    assert send(server, "GET", f"{path}?labelSelector={quote(selector)}").code == 400


@pytest.mark.parametrize(
    ("selector", "found"),
    [("metadata.name=b", "b"), ("metadata.name!=b", "acd"), ("metadata.name=nope", "")],
)
def test_field_selectors(server: RunningServer, path: str, selector: str, found: str) -> None:
    assert names(server, path, f"fieldSelector={quote(selector)}") == found


def test_a_field_that_is_not_selectable_is_named(server: RunningServer, path: str) -> None:
    reply = send(server, "GET", f"{path}?fieldSelector=data.x%3D1")
    assert reply.code == 400
    assert '"data.x" is not a known field selector' in reply.json["message"]


def test_pages_show_one_moment_whatever_happens_between_them(
    server: RunningServer, client: Client, path: str, namespace: str
) -> None:
    first = send(server, "GET", f"{path}?limit=2").json
    assert [each["metadata"]["name"] for each in first["items"]] == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 2
    client.delete("v1", "ConfigMap", "c", namespace)
    token = quote(first["metadata"]["continue"])
    second = send(server, "GET", f"{path}?limit=2&continue={token}").json
    assert [each["metadata"]["name"] for each in second["items"]] == ["c", "d"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert "continue" not in second["metadata"]


def test_a_token_that_is_too_old_is_410_with_one_that_goes_on_in_what_there_is(
    server: RunningServer,
    client: Client,
    path: str,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = send(server, "GET", f"{path}?limit=1").json
    client.delete("v1", "ConfigMap", "c", namespace)
    monkeypatch.setattr(lists, "TOKEN_SECONDS", -1)
    token = quote(first["metadata"]["continue"])
    expired = send(server, "GET", f"{path}?limit=1&continue={token}")
    assert (expired.code, expired.json["reason"]) == (410, "Expired")
    monkeypatch.undo()
    token = quote(expired.json["metadata"]["continue"])
    second = send(server, "GET", f"{path}?limit=1&continue={token}").json
    assert [each["metadata"]["name"] for each in second["items"]] == ["b"]
    assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]
    assert names(server, path, f"continue={quote(second['metadata']['continue'])}") == "d"


def test_a_broken_continue_token_is_a_bad_request(server: RunningServer, path: str) -> None:
    reply = send(server, "GET", f"{path}?limit=2&continue=xyz")
    assert reply.code == 400
    assert "continue key is not valid" in reply.json["message"]


def test_an_exact_revision_shows_the_past(
    server: RunningServer, client: Client, path: str, namespace: str
) -> None:
    then = client.list("v1", "ConfigMap", namespace).resource_version
    client.delete("v1", "ConfigMap", "a", namespace)
    query = f"resourceVersion={then}&resourceVersionMatch=Exact"
    assert names(server, path, query) == "abcd"
    assert names(server, path, f"resourceVersion={then}") == "bcd"


def test_a_revision_that_is_not_yet_times_out(server: RunningServer, path: str) -> None:
    reply = send(server, "GET", f"{path}?resourceVersion=999999999")
    assert reply.code == 504
    assert reply.json["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_a_match_without_a_revision_is_invalid(server: RunningServer, path: str) -> None:
    assert send(server, "GET", f"{path}?resourceVersionMatch=Exact").code == 422


def test_items_of_built_in_lists_leave_out_their_kind(server: RunningServer, path: str) -> None:
    listed = send(server, "GET", path).json
    assert (listed["kind"], listed["apiVersion"]) == ("ConfigMapList", "v1")
    assert "kind" not in listed["items"][0]


def test_metadata_alone(server: RunningServer, path: str) -> None:
    listed = send(server, "GET", path, headers={"Accept": PARTIAL}).json
    assert listed["kind"] == "PartialObjectMetadataList"
    assert set(listed["items"][0]) == {"kind", "apiVersion", "metadata"}


def test_a_table(server: RunningServer, path: str) -> None:
    listed = send(server, "GET", path, headers={"Accept": TABLE}).json
    assert listed["kind"] == "Table"
    assert [row["cells"][0] for row in listed["rows"]] == ["a", "b", "c", "d"]
