"""A sync of a part, and one that is only rehearsed."""

import pytest

from gitops_lab.engine import ops
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.rehearsal import rehearse
from tests.engine.world import World, config_yaml

MANUAL = {"automated": False, "prune": True}
FILES = {"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b", v="1")}


def ask(world: World, *only: str) -> ops.AppView:
    view = world.view()
    done = ops.wait_handled(world.client, view, ops.request_sync(world.client, view, only=only))
    assert done is not None
    return done


def test_a_selective_sync_writes_what_was_named_and_the_rest_waits(world: World) -> None:
    world.repo(FILES)
    world.app(syncPolicy=MANUAL)
    world.until_reason("WaitingForSync")

    done = ask(world, "configmap/a")

    assert world.has_config_map("a")
    assert not world.has_config_map("b")
    assert (done.status.sync, done.status.reason) == ("OutOfSync", "WaitingForSync")
    assert done.status.history == ()
    assert done.status.last_sync is not None
    assert done.status.last_sync.only == ("configmap/a",)

    done = ask(world)
    assert world.has_config_map("b")
    assert (done.status.sync, len(done.status.history)) == ("Synced", 1)


def test_an_object_that_the_app_does_not_have_is_refused_with_those_it_has(world: World) -> None:
    world.repo(FILES)
    world.app(syncPolicy=MANUAL)
    world.until_reason("WaitingForSync")

    done = ask(world, "Deployment/x")

    assert done.status.reason == "NothingSelected"
    assert "ConfigMap/a" in done.status.hint


def test_a_rehearsal_writes_nothing_and_says_what_would_happen(world: World) -> None:
    world.repo(FILES)
    world.app(syncPolicy=MANUAL)
    world.until_reason("WaitingForSync")

    plan = rehearse(world.view(), {"main": world.client}, world.sources)

    assert plan.summary() == "2 to create"
    assert not world.has_config_map("a")


def test_a_rehearsal_tells_what_the_cluster_would_refuse(world: World) -> None:
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndata: {count: [1]}\n"
    world.repo({**FILES, "bad.yaml": bad})
    world.app(syncPolicy=MANUAL)
    world.until_reason("WaitingForSync")
    view = world.view()

    with pytest.raises(PlanError, match="the cluster refused ConfigMap/"):
        rehearse(view, {"main": world.client}, world.sources)
    plan = rehearse(view, {"main": world.client}, world.sources, only=["ConfigMap/a"])
    assert plan.summary() == "1 to create"


def test_what_comes_in_the_same_sync_may_be_needed_by_the_rest(world: World) -> None:
    world.repo(FILES)
    namespace = f"{world.namespace}-new"
    world.app(syncPolicy=MANUAL, destination={"namespace": namespace, "createNamespace": True})
    world.until_reason("WaitingForSync")

    plan = rehearse(world.view(), {"main": world.client}, world.sources)

    assert plan.summary() == "2 to create"
