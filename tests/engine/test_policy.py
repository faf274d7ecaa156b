"""Manual sync, refresh, suspend, prune: nothing happens that was not asked for."""

from gitops_lab.engine import ops
from gitops_lab.kube.yamls import dump, load
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

MANUAL = {"automated": False, "prune": True}


def test_a_manual_app_waits_and_says_so_until_it_is_asked(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app(syncPolicy=MANUAL)
    view = world.until_reason("WaitingForSync")
    assert not world.has_config_map("a")
    assert view.status.sync == "OutOfSync"

    mark = ops.request_sync(world.client, view)
    done = ops.wait_handled(world.client, view, mark, timeout=10)

    assert done is not None
    assert done.status.sync == "Synced"
    assert done.status.last_sync.trigger == "manual"
    assert world.has_config_map("a")


def test_a_refresh_compares_and_writes_nothing(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app(syncPolicy={"automated": True})
    world.until_synced()
    world.patch_app({"spec": {"syncPolicy": {"automated": False}}})
    world.client.patch(world.config_map("a"), {"data": {"v": "2"}})

    view = world.view()
    ops.wait_handled(world.client, view, ops.request_refresh(world.client, view), timeout=10)

    assert world.view().status.sync == "OutOfSync"
    assert world.config_map("a")["data"] == {"v": "2"}


def test_a_suspended_app_is_left_alone_until_it_is_resumed(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()
    ops.set_suspended(world.client, world.view(), True)
    world.until_reason("Suspended")

    sha = world.commit({"a.yaml": config_yaml("a", v="2")})
    assert world.loop.idle(10)
    assert world.config_map("a")["data"] == {"v": "1"}

    ops.set_suspended(world.client, world.view(), False)
    world.until_synced(sha)
    assert world.config_map("a")["data"] == {"v": "2"}


def test_without_prune_what_left_git_stays_and_is_told(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": config_yaml("b")})
    world.app(syncPolicy={"automated": True})
    world.until_synced()

    world.commit({"b.yaml": None})
    view = world.until_reason("PruneDisabled")

    assert world.has_config_map("b")
    assert "no longer in Git, prune is off" in view.status.message

    world.patch_app({"spec": {"syncPolicy": {"prune": True}}})
    eventually(lambda: not world.has_config_map("b"))


def test_an_object_that_asks_to_be_kept_is_kept(world: World) -> None:
    kept = load(config_yaml("b"))
    kept["metadata"]["annotations"] = {"gitops-lab.dev/prune": "disabled"}
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": dump(kept)})
    world.app()
    world.until_synced()

    view = world.until_synced(world.commit({"b.yaml": None}))

    assert world.has_config_map("b")
    row = next(row for row in view.status.objects if row.key.name == "b")
    assert row.message == "kept: it says prune: disabled"


def test_a_commit_without_objects_prunes_nothing(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()

    world.commit({"a.yaml": None, "README.md": "empty"})
    view = world.until(lambda view: view.status.failed)

    assert world.has_config_map("a")
    assert view.status.reason in ("PruneBlocked", "PathNotFound", "NoObjects")


def test_deleting_an_app_that_prunes_deletes_what_it_made(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)

    eventually(lambda: not world.has_config_map("a"))
    eventually(lambda: not ops.list_apps(world.client, world.namespace))


def test_deleting_an_app_that_does_not_prune_leaves_its_objects(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(syncPolicy={"automated": True})
    world.until_synced()

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)

    eventually(lambda: not ops.list_apps(world.client, world.namespace))
    assert world.has_config_map("a")


def test_two_apps_do_not_take_each_others_objects(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()

    world.app("other")
    view = world.until_reason("SharedObject", "other")

    assert f"already belongs to the App {world.namespace}/web" in view.status.message
    assert view.status.place.file == "a.yaml"


def test_finalizers_of_others_are_left_alone(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(syncPolicy={"automated": True})
    world.until_synced()
    world.patch_app({"metadata": {"finalizers": ["example.com/other"]}})

    world.patch_app({"spec": {"syncPolicy": {"prune": True}}})
    both = ["example.com/other", "gitops-lab.dev/prune"]
    eventually(lambda: world.view().obj["metadata"]["finalizers"] == both)

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: world.view().obj["metadata"]["finalizers"] == both[:1])
    assert eventually(lambda: not world.has_config_map("a"))
