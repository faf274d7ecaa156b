"""Bad days: faults between any two requests, a server that restarts, history that is rewritten."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from gitops_lab.engine import clock
from gitops_lab.engine.loop import Loop
from gitops_lab.git.process import run
from gitops_lab.kube.errors import error_of, unreachable
from tests.engine.test_crash import state
from tests.engine.test_waves import annotated
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

BUSY = {"code": 429, "reason": "TooManyRequests", "message": "the server is busy"}
CONFLICT = {"code": 409, "reason": "Conflict", "message": "the object has been modified"}
DENIED = {"code": 403, "reason": "Forbidden", "message": "denied by the policy keep-b"}
BROKEN = {"code": 500, "reason": "InternalError", "message": "etcdserver: leader changed"}


class Fault:
    """The request number `at` of the engine goes wrong, and those after it go well.

    `lost`: it is done, and the answer never comes. `down`: nothing is answered for `span` requests.
    The test's own requests go well and don't count.
    """

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, at: int, kind: str) -> None:
        self.count = 0
        self.hit = False
        self._at = at
        self._kind = kind
        self._tester = threading.current_thread()
        self._span = 6 if kind == "down" else 1
        self._real: Callable[..., Any] = world.client._transport.request
        monkeypatch.setattr(world.client._transport, "request", self._request)

    def _request(self, method: str, path: str, **kwargs: object) -> object:
        if threading.current_thread() is self._tester:
            return self._real(method, path, **kwargs)
        mine, self.count = self.count, self.count + 1
        if not self._at <= mine < self._at + self._span:
            return self._real(method, path, **kwargs)
        self.hit = True
        if self._kind == "lost":
            self._real(method, path, **kwargs)
        answers = {"busy": BUSY, "conflict": CONFLICT, "broken": BROKEN}
        if answer := answers.get(self._kind):
            raise error_of(answer, int(str(answer["code"])))
        raise unreachable("test", "connection reset")


@pytest.mark.parametrize("kind", ["lost", "down", "busy", "conflict", "broken"])
@pytest.mark.parametrize("at", [0, 1, 3, 4, 6])
def test_a_fault_at_any_request_of_a_sync_is_got_over(
    world: World, monkeypatch: pytest.MonkeyPatch, at: int, kind: str
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)
    files = {
        "a.yaml": annotated(config_yaml("a", v="2"), wave="1"),
        "b.yaml": None,
        "c.yaml": config_yaml("c", v="1"),
        "h.yaml": annotated(
            config_yaml("h"), hook="pre-sync", hook__delete__policy="HookSucceeded"
        ),
    }

    fault = Fault(world, monkeypatch, at, kind)
    sha = world.commit(files)
    eventually(lambda: fault.hit)
    world.loop.notify_push("web")

    def arrived() -> bool:
        status = world.loop.statuses()[f"{world.namespace}/web"]
        return status.live_revision == sha and not status.failed

    eventually(arrived, timeout=20)
    eventually(lambda: state(world) == {"a": {"v": "2"}, "c": {"v": "1"}})


def test_a_server_that_restarts_in_the_middle_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.repo({f"{n}.yaml": config_yaml(f"c{n}", v="1") for n in range(30)})
    world.app()
    world.until_synced()
    fault = Fault(world, monkeypatch, 12, "down")

    sha = world.commit({f"{n}.yaml": config_yaml(f"c{n}", v="2") for n in range(30)})

    eventually(lambda: fault.hit)
    view = world.until_synced(sha)
    assert view.status.sync == "Synced"
    assert {data["v"] for data in state(world).values()} == {"2"}


def test_rewritten_history_is_followed(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    first = world.until_synced().status.revision
    world.until_synced(world.commit({"a.yaml": config_yaml("a", v="2")}))

    repository = world.repositories.path("web")
    run(["update-ref", "refs/heads/main", first], cwd=repository)
    world.loop.notify_push("web")

    world.until_synced(first)
    assert world.config_map("a")["data"] == {"v": "1"}


def test_a_deleted_branch_prunes_nothing_and_is_named(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    sha = world.until_synced().status.revision
    repository = world.repositories.path("web")

    run(["update-ref", "-d", "refs/heads/main"], cwd=repository)
    world.loop.notify_push("web")
    view = world.until_reason("RevisionNotFound")

    assert world.has_config_map("a")
    assert [entry.key.name for entry in view.status.inventory] == ["a"]
    run(["update-ref", "refs/heads/main", sha], cwd=repository)
    world.loop.notify_push("web")
    world.until_synced(sha)


def test_a_repository_that_is_away_for_a_while_prunes_nothing(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()
    place = world.repositories.path("web")

    away = place.rename(place.with_name("away"))
    world.loop.notify_push("web")
    world.until_reason("RepositoryNotFound")
    assert world.has_config_map("a")

    away.rename(place)
    world.until_synced()


def test_a_namespace_that_is_terminating_is_named_and_waited_for(world: World) -> None:
    name = f"{world.namespace}-going"
    stuck = {"name": name, "finalizers": ["example.org/slow"]}
    world.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": stuck})
    world.client.delete("v1", "Namespace", name)
    world.repo({"a.yaml": config_yaml("a")})

    world.app(destination={"namespace": name, "createNamespace": True})

    view = world.until_reason("NamespaceTerminating")
    assert "it is tried again" in view.status.hint
    assert view.status.retry is not None


def test_a_clock_that_jumps_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()
    real_now, real_time = clock.now, time.time
    for seconds in (-86_400 * 400, 86_400 * 400):
        shift = clock.timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda s=shift: real_now() + s)
        monkeypatch.setattr(time, "time", lambda s=seconds: real_time() + s)

        sha = world.commit({"a.yaml": config_yaml("a", v=str(seconds))})
        world.until_synced(sha)
        world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})

        eventually(lambda s=seconds: world.config_map("a")["data"] == {"v": str(s)})


def test_two_engines_on_one_app_end_in_the_right_state_and_do_not_fight(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    second = Loop({"main": world.client}, sources=world.sources, semantics=world.semantics)
    second.start()
    try:
        world.app()
        world.until_synced()
        sha = world.commit({"a.yaml": config_yaml("a", v="2"), "b.yaml": None})
        second.notify_push("web")
        world.until_synced(sha)
        eventually(lambda: state(world) == {"a": {"v": "2"}})
        assert world.loop.idle(5)
        assert second.idle(5)
        version = world.config_map("a")["metadata"]["resourceVersion"]

        world.loop.notify_push("web")
        second.notify_push("web")
        assert world.loop.idle(5)
        assert second.idle(5)

        assert world.config_map("a")["metadata"]["resourceVersion"] == version
    finally:
        second.stop()


def test_a_config_of_a_megabyte_is_deployed_and_one_that_is_too_large_is_named(
    world: World,
) -> None:
    world.repo({"a.yaml": config_yaml("a", text="x" * 1_000_000)})
    world.app()
    world.until_synced()
    assert len(world.config_map("a")["data"]["text"]) == 1_000_000

    world.commit({"a.yaml": config_yaml("a", text="y" * 1_100_000)})

    view = world.until_reason("InvalidObject")
    assert "Too long" in view.status.message
    assert world.config_map("a")["data"]["text"][0] == "x"


@pytest.mark.parametrize("megabytes", [200 if os.environ.get("GITOPS_LAB_FAULTS") == "all" else 8])
def test_of_a_large_repository_only_what_the_app_names_is_read(
    world: World, megabytes: int
) -> None:
    files: dict[str, str | bytes] = {
        f"media/{number}.bin": os.urandom(1_000_000) for number in range(megabytes)
    }
    world.repo({**files, "deploy/a.yaml": config_yaml("a", v="1")})
    world.app(source={"repo": "web", "path": "deploy"})
    world.until_synced()

    world.until_synced(world.commit({"deploy/a.yaml": config_yaml("a", v="2")}))

    kept = [file for file in (world.root / "cache").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in kept) < 10_000


def test_what_the_cluster_refuses_to_delete_stays_on_record_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": config_yaml("b"), "c.yaml": config_yaml("c")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)
    real: Callable[..., Any] = world.client._transport.request
    denying = threading.Event()
    denying.set()

    def request(method: str, path: str, **kwargs: object) -> object:
        if method == "DELETE" and path.endswith("/b") and denying.is_set():
            raise error_of(DENIED, 403)
        return real(method, path, **kwargs)

    monkeypatch.setattr(world.client._transport, "request", request)
    world.commit({"b.yaml": None, "c.yaml": None})

    view = world.until_reason("PruneFailed")
    assert "can't delete ConfigMap" in view.status.message
    assert {entry.key.name for entry in view.status.inventory} == {"a", "b"}
    assert not world.has_config_map("c")
    denying.clear()
    world.until_synced()
    eventually(lambda: not world.has_config_map("b"))
    assert [entry.key.name for entry in world.view().status.inventory] == ["a"]
