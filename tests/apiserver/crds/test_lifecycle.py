"""Definitions as clients see them: over HTTP, from their creation to the end of their objects."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Forbidden, Invalid, NotFound, UnknownKind
from tests.apiserver.crds.definitions import Object, widgets
from tests.apiserver.servers import RunningServer
from tests.waiting import eventually

DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
WIDGET = ("shop.example.com/v1", "Widget")
NAME = "widgets.shop.example.com"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def client(server: RunningServer) -> Client:
    return server.client()


def define(client: Client, definition: Object) -> Object:
    """Create a definition and wait until it is established."""
    client.create({key: value for key, value in definition.items() if key != "status"})
    name = definition["metadata"]["name"]
    eventually(lambda: conditions(client, name).get("Established") == "True")
    return client.get(*DEFINITION, name)


def conditions(client: Client, name: str = NAME) -> dict[str, str]:
    status = client.get(*DEFINITION, name).get("status") or {}
    return {each["type"]: each["status"] for each in status.get("conditions") or []}


def widget(name: str = "one", **metadata: Any) -> Object:
    return {
        "apiVersion": WIDGET[0],
        "kind": WIDGET[1],
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": {},
    }


def gone(client: Client, name: str = NAME) -> bool:
    try:
        client.get(*DEFINITION, name)
    except NotFound:
        return True
    return False


def test_an_established_definition_serves_its_objects(client: Client) -> None:
    found = define(client, widgets())
    assert found["status"]["acceptedNames"]["kind"] == "Widget"
    assert found["status"]["storedVersions"] == ["v1"]
    made = client.create(widget())
    assert made["spec"] == {"size": 1}
    assert made["metadata"]["generation"] == 1
    assert [each["metadata"]["name"] for each in client.list(*WIDGET, "default").items] == ["one"]


def test_a_restarted_server_still_serves_them(server: RunningServer, client: Client) -> None:
    define(client, widgets())
    client.create(widget())
    server.stop()
    server.start()
    assert server.client().get(*WIDGET, "one", "default")["spec"] == {"size": 1}


def test_deleting_a_definition_deletes_its_objects_first(
    server: RunningServer, client: Client
) -> None:
    define(client, widgets())
    client.create(widget(finalizers=["example.com/keep"]))
    client.delete(*DEFINITION, NAME)
    eventually(lambda: "deletionTimestamp" in client.get(*WIDGET, "one", "default")["metadata"])
    assert conditions(client)["Terminating"] == "True"
    with pytest.raises(Forbidden, match="definition is terminating"):
        client.create(widget("two"))
    client.patch(widget(), {"metadata": {"finalizers": None}})
    eventually(lambda: gone(client))
    with pytest.raises(UnknownKind):
        server.client().resource(*WIDGET)


def test_a_deletion_cut_off_is_finished_after_a_restart(
    server: RunningServer, client: Client
) -> None:
    define(client, widgets())
    client.create(widget(finalizers=["example.com/keep"]))
    client.delete(*DEFINITION, NAME)
    eventually(lambda: "deletionTimestamp" in client.get(*WIDGET, "one", "default")["metadata"])
    server.stop()
    server.start()
    again = server.client()
    again.patch(widget(), {"metadata": {"finalizers": None}})
    eventually(lambda: gone(again))


def test_names_are_given_to_the_first_and_freed_by_its_end(client: Client) -> None:
    define(client, widgets())
    other = widgets()
    other["metadata"]["name"] = "gizmos.shop.example.com"
    other["spec"]["names"] |= {"plural": "gizmos", "listKind": "GizmoList"}
    client.create({key: value for key, value in other.items() if key != "status"})
    name = other["metadata"]["name"]
    eventually(lambda: conditions(client, name).get("NamesAccepted") == "False")
    client.delete(*DEFINITION, NAME)
    eventually(lambda: conditions(client, name).get("Established") == "True")


def test_versions_show_the_same_object(client: Client) -> None:
    definition = widgets()
    first = definition["spec"]["versions"][0]
    definition["spec"]["versions"].append({**first, "name": "v2", "storage": False})
    define(client, definition)
    client.create(widget())
    assert client.get("shop.example.com/v2", "Widget", "one", "default")["spec"] == {"size": 1}


def test_a_version_no_longer_served_is_not_found(client: Client) -> None:
    definition = widgets()
    first = definition["spec"]["versions"][0]
    definition["spec"]["versions"].append({**first, "name": "v2", "storage": False})
    define(client, definition)
    definition["spec"]["versions"][1]["served"] = False
    client.patch(definition, {"spec": {"versions": definition["spec"]["versions"]}})
    path = "/apis/shop.example.com/v2/namespaces/default/widgets"

    def refused() -> bool:
        try:
            client.request("GET", path)
        except NotFound:
            return True
        return False

    eventually(refused)
    assert client.list(*WIDGET, "default").items == []


def test_a_change_of_schema_holds_for_the_next_write(client: Client) -> None:
    definition = widgets()
    define(client, definition)
    versions = definition["spec"]["versions"]
    spec = versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["size"]["maximum"] = 5
    client.patch(definition, {"spec": {"versions": versions}})
    too_big = {**widget(), "spec": {"size": 6}}
    with pytest.raises(Invalid, match=r"spec.size in body should be less than or equal to 5"):
        client.create(too_big)


def test_a_rule_in_cel_is_kept(client: Client) -> None:
    definition = widgets()
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["x-kubernetes-validations"] = [{"rule": "self.size < 10", "message": "too big"}]
    define(client, definition)
    with pytest.raises(Invalid, match=r"spec: Invalid value: too big"):
        client.create({**widget(), "spec": {"size": 12}})
