"""Watches as clients rely on them."""

from pathlib import Path
from typing import Any

import pytest

from gitops_lab.apiserver.watch import watcher as watchers
from gitops_lab.kube.client import Client
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer
from tests.apiserver.watch.streams import seen, watching
from tests.waiting import eventually

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
LIST_AS_WATCH = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"


class Maps:
    """ConfigMaps of one namespace."""

    def __init__(self, server: RunningServer, client: Client, namespace: str) -> None:
        self.server, self.client, self.namespace = server, client, namespace
        self.path = f"/api/v1/namespaces/{namespace}/configmaps"

    def create(self, name: str, **labels: str) -> dict[str, Any]:
        metadata = {"name": name, "namespace": self.namespace, "labels": labels}
        return self.client.create({**config_map(name), "metadata": metadata})

    def label(self, name: str, value: str | None) -> None:
        patch = {"metadata": {"labels": {"app": value}}}
        key = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": self.namespace},
        }
        self.client.patch(key, patch)

    def delete(self, name: str) -> None:
        self.client.delete("v1", "ConfigMap", name, self.namespace)

    def revision(self) -> str:
        return self.client.list("v1", "ConfigMap", self.namespace).resource_version


@pytest.fixture
def maps(server: RunningServer, client: Client, namespace: str) -> Maps:
    return Maps(server, client, namespace)


def test_changes_arrive_in_order(server: RunningServer, maps: Maps) -> None:
    with watching(server, maps.path, f"resourceVersion={maps.revision()}") as stream:
        maps.create("a")
        maps.label("a", "x")
        maps.delete("a")
        events = stream.take(3)
    assert [seen(event) for event in events] == [
        ("ADDED", "a"),
        ("MODIFIED", "a"),
        ("DELETED", "a"),
    ]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))


def test_a_watch_resumes_where_it_left(server: RunningServer, maps: Maps) -> None:
    since = maps.revision()
    maps.create("a")
    middle = maps.revision()
    maps.create("b")
    with watching(server, maps.path, f"resourceVersion={since}") as stream:
        assert [seen(each)[1] for each in stream.take(2)] == ["a", "b"]
    with watching(server, maps.path, f"resourceVersion={middle}") as stream:
        assert seen(stream.next()) == ("ADDED", "b")


def test_a_watch_from_nowhere_begins_with_what_is_there(server: RunningServer, maps: Maps) -> None:
    maps.create("a")
    with watching(server, maps.path) as stream:
        assert seen(stream.next()) == ("ADDED", "a")


def test_a_revision_from_before_a_restart_is_410(tmp_path: Path) -> None:
    running = RunningServer(tmp_path).start()
    maps = Maps(running, running.client(), "default")
    old = maps.revision()
    maps.create("a")
    current = maps.revision()
    running.stop()
    running.start()
    try:
        with watching(running, maps.path, f"resourceVersion={old}") as stream:
            error = stream.next()
        assert (error["type"], error["object"]["code"]) == ("ERROR", 410)
        assert error["object"]["reason"] == "Expired"
        query = f"resourceVersion={current}"
        with watching(running, maps.path, query) as stream:
            Maps(running, running.client(), "default").create("b")
            assert seen(stream.next()) == ("ADDED", "b")
    finally:
        running.stop()


def test_a_watch_list_ends_its_beginning_with_a_marked_bookmark(
    server: RunningServer, maps: Maps
) -> None:
    maps.create("a")
    with watching(server, maps.path, LIST_AS_WATCH) as stream:
        first, mark = stream.take(2)
        maps.create("b")
        after = stream.next()
    assert seen(first) == ("ADDED", "a")
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["kind"] == "ConfigMap"
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert seen(after) == ("ADDED", "b")


def test_half_a_watch_list_is_refused(server: RunningServer, maps: Maps) -> None:
    reply = send(server, "GET", f"{maps.path}?watch=true&sendInitialEvents=true")
    assert (reply.code, reply.json["reason"]) == (422, "Invalid")


def test_objects_enter_and_leave_a_selection(server: RunningServer, maps: Maps) -> None:
    query = f"resourceVersion={maps.revision()}&labelSelector=app%3Dx"
    with watching(server, maps.path, query) as stream:
        maps.create("a")
        maps.label("a", "x")
        maps.label("a", "y")
        maps.create("b", app="x")
        maps.delete("a")
        maps.delete("b")
        events = [seen(each) for each in stream.take(4)]
    assert events == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "b"), ("DELETED", "b")]


def test_one_object_can_be_watched_by_its_name(server: RunningServer, maps: Maps) -> None:
    query = f"resourceVersion={maps.revision()}&fieldSelector=metadata.name%3Db"
    with watching(server, maps.path, query) as stream:
        maps.create("a")
        maps.create("b")
        assert seen(stream.next()) == ("ADDED", "b")


def test_a_table_watch_describes_its_columns_once(server: RunningServer, maps: Maps) -> None:
    query = f"resourceVersion={maps.revision()}"
    with watching(server, maps.path, query, accept=TABLE) as stream:
        maps.create("a")
        maps.create("b")
        first, second = (each["object"] for each in stream.take(2))
    assert [column["name"] for column in first["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert not second["columnDefinitions"]
    assert first["rows"][0]["cells"][:2] == ["a", 0]


def test_a_watch_ends_after_its_time(server: RunningServer, maps: Maps) -> None:
    with watching(server, maps.path, "resourceVersion=0&timeoutSeconds=1") as stream:
        assert stream.ended()


def test_a_watcher_that_does_not_keep_up_is_cut_off(
    server: RunningServer, maps: Maps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "MAX_BYTES", 1000)
    with watching(server, maps.path, f"resourceVersion={maps.revision()}") as stream:
        for number in range(24):  # 12 MB: a connection holds less for a client that reads nothing
            metadata = {"name": f"big-{number}", "namespace": maps.namespace}
            maps.client.create({**config_map("", text="x" * 500_000), "metadata": metadata})
        events = [stream.next()]
        while events[-1]["type"] == "ADDED":
            events.append(stream.next())
        assert stream.ended()
    names = [seen(event)[1] for event in events[:-1]]
    assert names == [f"big-{number}" for number in range(len(names))]
    assert len(names) < 24
    assert (events[-1]["type"], events[-1]["object"]["code"]) == ("ERROR", 410)


def test_events_stay_in_order_when_a_client_reads_late(server: RunningServer, maps: Maps) -> None:
    with watching(server, maps.path, f"resourceVersion={maps.revision()}") as stream:
        for number in range(40):
            metadata = {"name": f"map-{number}", "namespace": maps.namespace}
            maps.client.create({**config_map("", text="x" * 150_000), "metadata": metadata})
        names = [seen(stream.next())[1] for _ in range(40)]
    assert names == [f"map-{number}" for number in range(40)]


def test_a_watcher_that_leaves_is_forgotten(server: RunningServer, maps: Maps) -> None:
    before = server.watchers()
    with watching(server, maps.path, "resourceVersion=0"):
        eventually(lambda: server.watchers() == before + 1)
    eventually(lambda: server.watchers() == before)
