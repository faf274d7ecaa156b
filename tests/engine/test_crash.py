"""The engine may die between any two requests: the next one ends in the right state.

After the k-th write the dying engine reaches the cluster no more; then a new one starts, which
remembers nothing but what the cluster holds.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gitops_lab.kube.errors import unreachable
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


class Mortal:
    """Lets `writes` writes of the engine through, and then nothing any more."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
        self.dead = False
        self._left = writes
        self._real: Callable[..., Any] = world.client._transport.request
        self._patch = monkeypatch
        self._transport = world.client._transport
        monkeypatch.setattr(self._transport, "request", self._request)

    def _request(self, method: str, path: str, **kwargs: object) -> object:
        if method != "GET":
            self._left -= 1
        if self.dead or self._left < 0:
            self.dead = True
            raise unreachable("test", "the engine is dead")
        return self._real(method, path, **kwargs)

    def bury(self) -> None:
        self._patch.setattr(self._transport, "request", self._real)


def state(world: World) -> dict[str, dict[str, str]]:
    items = world.client.list("v1", "ConfigMap", world.namespace).items
    mine = [obj for obj in items if obj["metadata"]["name"] != "kube-root-ca.crt"]
    return {obj["metadata"]["name"]: obj.get("data", {}) for obj in mine}


@pytest.mark.parametrize("writes", range(7))
def test_a_crash_in_the_middle_of_a_sync_is_caught_up(
    world: World, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)

    mortal = Mortal(world, monkeypatch, writes)
    sha = world.commit(
        {"a.yaml": config_yaml("a", v="2"), "b.yaml": None, "c.yaml": config_yaml("c", v="1")}
    )
    eventually(lambda: mortal.dead or state_after(world, sha))
    world.loop.stop()
    mortal.bury()
    world.restart()

    view = world.until_synced(sha)
    eventually(lambda: state(world) == {"a": {"v": "2"}, "c": {"v": "1"}})
    eventually(lambda: {e.key.name for e in world.view().status.inventory} == {"a", "c"})
    assert [entry.revision for entry in view.status.history][-1] == sha


def state_after(world: World, sha: str) -> bool:
    """Whether the sync ended before it could be killed."""
    return (
        any(e.reason == "Healthy" for e in world.events)
        and world.loop.statuses()[f"{world.namespace}/web"].history[-1].revision == sha
    )


@pytest.mark.parametrize("writes", range(6))
def test_nothing_that_a_dead_engine_made_is_orphaned(
    world: World, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    mortal = Mortal(world, monkeypatch, writes + 1)
    world.app()
    eventually(lambda: mortal.dead or world.loop.idle(0.3))
    world.loop.stop()
    mortal.bury()
    world.repositories.commit("web", "main", "other", {"a.yaml": None, "b.yaml": config_yaml("b")})

    world.restart()

    eventually(lambda: set(state(world)) == {"b"})
    eventually(lambda: {e.key.name for e in world.view().status.inventory} == {"b"})
