"""The engine may die between any two requests: the next one ends in the right state."""

import pytest

from tests.engine.faults import Mortal, Point, points
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


def state(world: World) -> dict[str, dict[str, str]]:
    items = world.client.list("v1", "ConfigMap", world.namespace).items
    mine = [obj for obj in items if obj["metadata"]["name"] != "kube-root-ca.crt"]
    return {obj["metadata"]["name"]: obj.get("data", {}) for obj in mine}


@points(5, sample=(0, 1, 2, 3))
def test_a_crash_in_the_middle_of_a_sync_is_caught_up(
    world: World, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)

    mortal = Mortal(world, monkeypatch, point)
    sha = world.commit(
        {"a.yaml": config_yaml("a", v="2"), "b.yaml": None, "c.yaml": config_yaml("c", v="1")}
    )
    mortal.wait(lambda: has_ended(world, sha))
    mortal.bury(world)
    world.restart()

    view = world.until_synced(sha)
    eventually(lambda: state(world) == {"a": {"v": "2"}, "c": {"v": "1"}})
    eventually(lambda: {e.key.name for e in world.view().status.inventory} == {"a", "c"})
    assert [entry.revision for entry in view.status.history][-1] == sha


def has_ended(world: World, sha: str) -> bool:
    """Whether the sync ended before it could be killed."""
    view = world.view()
    return view.status.revision == sha and view.status.reason == "Synced"


@points(5, sample=(1, 3))
def test_nothing_that_a_dead_engine_made_is_orphaned(
    world: World, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    mortal = Mortal(world, monkeypatch, point)
    world.app()
    mortal.wait(lambda: world.view().status.reason == "Synced")
    mortal.bury(world)
    world.repositories.commit("web", "main", "other", {"a.yaml": None, "b.yaml": config_yaml("b")})

    world.restart()

    eventually(lambda: set(state(world)) == {"b"})
    eventually(lambda: {e.key.name for e in world.view().status.inventory} == {"b"})


@points(5, sample=(1, 2))
def test_an_app_that_is_deleted_goes_with_all_it_made_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()
    other = {"metadata": {"name": "other", "namespace": world.namespace}}
    world.client.create({"apiVersion": "v1", "kind": "ConfigMap", **other})
    assert world.loop.idle(5)

    mortal = Mortal(world, monkeypatch, point)
    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    mortal.wait(lambda: not apps(world))
    mortal.bury(world)
    world.restart()

    eventually(lambda: not apps(world))
    assert set(state(world)) == {"other"}


def apps(world: World) -> list[str]:
    items = world.client.list("gitops-lab.dev/v1", "GitOpsApp", world.namespace).items
    return [app["metadata"]["name"] for app in items]
