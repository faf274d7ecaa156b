"""Hooks: they run once for a sync, in their phase, and go as they ask to."""

import pytest

from gitops_lab.engine import ops
from gitops_lab.kube import Informer, Object
from tests.engine.faults import Mortal, Point, points
from tests.engine.test_waves import annotated, finish, job, job_yaml
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


def uid_of_job(world: World, name: str) -> str:
    obj = eventually(lambda: job(world, name))
    assert obj is not None
    return str(obj["metadata"]["uid"])


def hooks_of(world: World) -> dict[str, str]:
    last = world.view().status.last_sync
    return {hook.key.name: hook.result for hook in last.hooks} if last else {}


def test_a_pre_sync_hook_runs_before_anything_is_written(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a"), "m.yaml": job_yaml("migrate", hook="pre-sync")})
    world.app()
    eventually(lambda: job(world, "migrate"))
    view = world.until(lambda view: "Now: pre-sync" in view.status.message)
    assert view.status.reason == "Syncing"
    assert not world.has_config_map("a")

    finish(world, "migrate")

    view = world.until_synced()
    assert world.has_config_map("a")
    assert hooks_of(world) == {"migrate": "Succeeded"}
    assert [row.key.name for row in view.status.objects] == ["a"]


def test_a_post_sync_hook_runs_when_all_is_healthy(world: World) -> None:
    world.repo({"j.yaml": job_yaml("work"), "t.yaml": job_yaml("test", hook="PostSync")})
    world.app()
    eventually(lambda: job(world, "work"))
    assert job(world, "test") is None

    finish(world, "work")
    finish(world, "test")

    world.until_synced()


def test_a_hook_does_not_run_again_while_nothing_new_is_synced(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "m.yaml": job_yaml("migrate", hook="pre-sync")})
    world.app()
    finish(world, "migrate")
    world.until_synced()
    uid = uid_of_job(world, "migrate")

    world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})
    eventually(lambda: world.config_map("a")["data"] == {"v": "1"})
    world.restart()
    assert world.loop.idle(10)

    assert uid_of_job(world, "migrate") == uid


def test_the_next_sync_makes_the_hook_anew(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "m.yaml": job_yaml("migrate", hook="pre-sync")})
    world.app()
    finish(world, "migrate")
    world.until_synced()
    uid = uid_of_job(world, "migrate")

    sha = world.commit({"a.yaml": config_yaml("a", v="2")})
    eventually(lambda: uid_of_job(world, "migrate") != uid)
    assert world.config_map("a")["data"] == {"v": "1"}
    finish(world, "migrate")

    world.until_synced(sha)
    assert world.config_map("a")["data"] == {"v": "2"}


def test_a_hook_that_fails_keeps_the_sync_from_beginning_and_is_not_run_again(
    world: World,
) -> None:
    world.repo({"a.yaml": config_yaml("a"), "m.yaml": job_yaml("migrate", hook="pre-sync")})
    world.app()
    uid = str(finish(world, "migrate", "Failed")["metadata"]["uid"])

    view = world.until_reason("HookFailed")

    assert "the pre-sync hook batch/Job/" in view.status.message
    assert view.status.place.file == "m.yaml"
    assert not world.has_config_map("a")
    world.loop.notify_push("web")
    assert world.loop.idle(10)
    assert uid_of_job(world, "migrate") == uid


def test_asked_for_a_sync_a_failed_hook_runs_again(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a"), "m.yaml": job_yaml("migrate", hook="pre-sync")})
    world.app()
    finish(world, "migrate", "Failed")
    view = world.until_reason("HookFailed")
    uid = uid_of_job(world, "migrate")

    ops.request_sync(world.client, view)
    eventually(lambda: uid_of_job(world, "migrate") != uid)
    finish(world, "migrate")

    world.until_synced()


def test_a_sync_fail_hook_runs_when_the_sync_failed(world: World) -> None:
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndata: {count: [1]}\n"
    world.repo({"bad.yaml": bad, "f.yaml": job_yaml("alarm", hook="sync-fail")})
    world.app()
    finish(world, "alarm")

    world.until_reason("InvalidObject")
    eventually(lambda: hooks_of(world) == {"alarm": "Succeeded"})


def test_a_hook_goes_when_it_succeeded_if_it_asks_to(world: World) -> None:
    world.repo(
        {
            "a.yaml": config_yaml("a"),
            "m.yaml": job_yaml("migrate", hook="pre-sync", hook__delete__policy="hook-succeeded"),
        }
    )
    world.app()
    finish(world, "migrate")

    world.until_synced()
    eventually(lambda: job(world, "migrate") is None)


def test_a_hook_that_left_git_is_pruned_and_one_of_a_deleted_app_goes_too(world: World) -> None:
    hooks = {f"{n}.yaml": annotated(config_yaml(n), hook="pre-sync") for n in ("h1", "h2")}
    world.repo({"a.yaml": config_yaml("a"), **hooks})
    world.app()
    world.until_synced()
    assert world.has_config_map("h1")

    world.until_synced(world.commit({"h1.yaml": None}))
    eventually(lambda: not world.has_config_map("h1"))
    assert world.has_config_map("h2")

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: not world.has_config_map("h2"))


def test_a_hook_takes_no_object_that_belongs_to_nobody(world: World) -> None:
    theirs: Object = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "h", "namespace": world.namespace},
    }
    world.client.create(theirs)
    world.repo({"a.yaml": config_yaml("a"), "h.yaml": annotated(config_yaml("h"), hook="pre-sync")})
    world.app()

    assert "is not a hook of this App" in world.until_reason("SharedObject").status.message


@points(11, sample=(1, 4, 5, 6))
def test_killed_anywhere_a_hook_runs_once(
    world: World, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    made: list[str] = []
    world.repo(
        {
            "a.yaml": config_yaml("a"),
            "b.yaml": annotated(config_yaml("b"), wave="1"),
            "m.yaml": annotated(
                config_yaml("migrate"), hook="pre-sync", hook__delete__policy="hook-succeeded"
            ),
        }
    )

    def see(_: str, obj: Object, __: Object | None) -> None:
        if obj["metadata"]["name"] == "migrate":
            made.append(obj["metadata"]["uid"])

    watch = Informer(world.client, "v1", "ConfigMap", world.namespace, on_event=see)
    watch.start()
    assert watch.wait_synced(10)
    mortal = Mortal(world, monkeypatch, point)
    world.app()
    mortal.wait(lambda: world.view().status.reason == "Synced")
    mortal.bury(world)

    world.restart()

    world.until_synced()
    assert world.has_config_map("a")
    assert world.has_config_map("b")
    eventually(lambda: len(set(made)) == 1)
    watch.stop()
