"""What a cycle costs, what survives a restart, and the order of writes."""

from collections.abc import Callable
from typing import Any

import pytest

from gitops_lab.engine import ops
from gitops_lab.kube.yamls import dump
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"size": {"type": "integer"}}}
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture
def requests(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every request of the engine's client from now on.

    Watches are left out, and the list of Apps that `idle` asks for.
    """
    seen: list[tuple[str, str]] = []
    real: Callable[..., Any] = world.client._transport.request

    def request(method: str, path: str, **kwargs: object) -> object:
        if not path.endswith("/v1/gitopsapps"):
            seen.append((method, path))
        return real(method, path, **kwargs)

    monkeypatch.setattr(world.client._transport, "request", request)
    return seen


def passes(world: World) -> int:
    return sum(1 for event in world.events if event.stage == "health")


def one_more_pass(world: World) -> None:
    before = passes(world)
    world.loop.notify_push("web")
    eventually(lambda: passes(world) > before)
    assert world.loop.idle(5)


def test_an_unchanged_cycle_asks_the_cluster_nothing(
    world: World, requests: list[tuple[str, str]]
) -> None:
    world.repo({f"{n}.yaml": config_yaml(f"c{n}") for n in range(20)})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)
    one_more_pass(world)
    requests.clear()

    one_more_pass(world)

    assert requests == []


def test_only_what_changed_is_written(world: World, requests: list[tuple[str, str]]) -> None:
    world.repo({f"{n}.yaml": config_yaml(f"c{n}") for n in range(20)})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)
    requests.clear()

    world.until_synced(world.commit({"7.yaml": config_yaml("c7", v="new")}))

    written = [path for method, path in requests if method == "PATCH" and "configmaps" in path]
    assert [path.rpartition("/")[2] for path in written] == ["c7"]


def test_after_a_restart_nothing_is_written_again(world: World) -> None:
    world.repo({f"{n}.yaml": config_yaml(f"c{n}", v="1") for n in range(8)})
    world.app()
    world.until_synced()
    versions = [world.config_map(f"c{n}")["metadata"]["resourceVersion"] for n in range(8)]

    world.events.clear()
    world.restart()
    eventually(lambda: passes(world))

    assert world.loop.idle(5)
    assert versions == [world.config_map(f"c{n}")["metadata"]["resourceVersion"] for n in range(8)]


def test_what_happened_while_the_engine_was_away_is_caught_up(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()
    world.loop.stop()
    old = world.repositories.resolve("web", "main")
    sha = world.repositories.commit("web", "main", "away", {"b.yaml": None})
    world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})
    assert old != sha

    world.restart()

    world.until_synced(sha)
    eventually(lambda: world.config_map("a")["data"] == {"v": "1"})
    eventually(lambda: not world.has_config_map("b"))


def test_a_definition_and_its_first_object_come_in_one_commit(world: World) -> None:
    widget = {
        "apiVersion": "example.org/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 3},
    }
    world.repo({"a-widget.yaml": dump(widget), "crd.yaml": dump(CRD)})
    world.app()

    world.until_synced()

    live = world.client.get("example.org/v1", "Widget", "w", world.namespace)
    assert live["spec"] == {"size": 3}


def test_the_namespace_of_the_destination_is_made_and_outlives_the_app(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    name = f"{world.namespace}-made"
    world.app(destination={"namespace": name, "createNamespace": True})
    world.until_synced()

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: not ops.list_apps(world.client, world.namespace))

    assert "deletionTimestamp" not in world.client.get("v1", "Namespace", name)["metadata"]


def test_a_namespace_that_was_deleted_with_all_in_it_is_made_again_at_once(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    name = f"{world.namespace}-lost"
    destination = {"namespace": name, "createNamespace": True}
    world.app(destination=destination)
    world.until_synced()
    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: not ops.list_apps(world.client, world.namespace))
    world.client.delete("v1", "Namespace", name)
    emptied = {**world.client.get("v1", "Namespace", name), "spec": {}}
    world.client.request("PUT", f"/api/v1/namespaces/{name}/finalize", body=emptied)
    there = {"field_selector": f"metadata.name={name}"}
    eventually(lambda: not world.client.list("v1", "Namespace", **there).items)

    world.app(destination=destination)
    world.until_synced()

    told = world.client.list("v1", "Event", world.namespace).items
    assert "NamespaceMissing" not in {event["reason"] for event in told}


def test_a_diff_from_another_process_shows_what_a_sync_would_change(world: World) -> None:
    from gitops_lab.engine.diff import unified

    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app(syncPolicy={"automated": True})
    world.until_synced()
    world.client.patch(world.config_map("a"), {"data": {"v": "2"}}, field_manager="me")

    plan = ops.diff(world.view(), {"main": world.client}, world.sources)

    (change,) = plan.pending
    assert change.action == "update"
    assert "-  v: '2'\n+  v: '1'\n" in unified(change)
    assert plan.summary() == "1 to update"


def test_equivalent_quantities_and_defaults_are_no_diff(world: World) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "image": "none",
                    "ports": [{"containerPort": 80}],
                    "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}},
                }
            ]
        },
    }
    world.repo({"pod.yaml": dump(pod)})
    world.app(syncPolicy={"automated": True})
    view = world.until(lambda view: bool(view.status.history))

    plan = ops.diff(view, {"main": world.client}, world.sources)

    assert [change.action for change in plan.changes] == ["unchanged"]


def test_secrets_may_be_written_as_text(world: World) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"key": "value"},
    }
    world.repo({"s.yaml": dump(secret)})
    world.app()
    world.until_synced()

    live = world.client.get("v1", "Secret", "s", world.namespace)
    assert live["data"] == {"key": "dmFsdWU="}
    plan = ops.diff(world.view(), {"main": world.client}, world.sources)
    assert not plan.pending
