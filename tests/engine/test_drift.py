"""What somebody changes by hand: healed, or told with the field and who it was."""

from dataclasses import replace

from gitops_lab.kube import ObjectKey
from tests.engine.world import FAST, World, config_yaml
from tests.waiting import eventually

NO_HEAL = {"automated": True, "prune": True}


def edit(world: World, **data: str | None) -> None:
    obj = world.config_map("a")
    world.client.patch(obj, {"data": data}, field_manager="kubectl-edit")


def test_a_manual_change_is_healed_and_told(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()

    edit(world, v="hand")

    eventually(lambda: world.config_map("a")["data"] == {"v": "git"}, timeout=5)
    last = world.until(lambda view: view.status.last_sync.trigger == "drift").status.last_sync
    assert "data.v is 'hand', Git says 'git', changed by kubectl-edit (Update" in last.message


def test_a_deleted_object_comes_back(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()

    world.client.delete("v1", "ConfigMap", "a", world.namespace)

    assert eventually(lambda: world.has_config_map("a"), timeout=5)


def test_without_self_heal_drift_is_told_and_left(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app(syncPolicy=NO_HEAL)
    world.until_synced()

    edit(world, v="hand")
    view = world.until_reason("Drifted")

    assert view.status.sync == "OutOfSync"
    assert view.status.place.object == f"ConfigMap/{world.namespace}/a"
    assert view.status.place.field == "data.v"
    assert (view.status.place.file, view.status.place.line) == ("a.yaml", 6)
    assert "changed by kubectl-edit" in view.status.message
    assert world.config_map("a")["data"] == {"v": "hand"}


def test_drift_that_is_undone_by_hand_is_in_sync_again(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app(syncPolicy=NO_HEAL)
    world.until_synced()
    edit(world, v="hand")
    world.until_reason("Drifted")

    edit(world, v="git")

    assert world.until_synced().status.sync == "Synced"


def test_drift_of_a_field_that_was_taken_over_and_given_back_is_healed_again(
    world: World,
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app(syncPolicy=NO_HEAL)
    world.until_synced()
    edit(world, v="hand")
    world.until_reason("Drifted")
    edit(world, v="git")  # our value, and another's field
    world.until_synced()
    world.patch_app({"spec": {"syncPolicy": {"selfHeal": True}}})
    world.until(lambda view: view.status.observed_generation == 2)

    edit(world, v="hand")

    eventually(lambda: world.config_map("a")["data"] == {"v": "git"}, timeout=5)


def test_what_git_never_mentioned_is_left_alone(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()

    edit(world, mine="kept")
    sha = world.commit({"a.yaml": config_yaml("a", v="git2")})
    world.until_synced(sha)

    assert world.config_map("a")["data"] == {"v": "git2", "mine": "kept"}


def test_a_field_that_leaves_git_leaves_the_object(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1", w="2")})
    world.app()
    world.until_synced()

    world.until_synced(world.commit({"a.yaml": config_yaml("a", v="1")}))

    assert world.config_map("a")["data"] == {"v": "1"}


def test_an_object_whose_marks_are_removed_gets_them_back(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()

    patch = {"metadata": {"labels": None, "annotations": None}}
    world.client.patch(world.config_map("a"), patch)

    eventually(lambda: world.config_map("a")["metadata"].get("labels"), timeout=5)


def test_a_manual_app_tells_drift_from_a_commit_that_waits(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()
    world.patch_app({"spec": {"syncPolicy": {"automated": False}}})
    assert world.loop.idle(5)

    edit(world, v="hand")
    assert "app sync" in world.until_reason("Drifted").status.hint

    world.commit({"a.yaml": config_yaml("a", v="git2")})
    world.until_reason("WaitingForSync")


def test_a_change_that_comes_while_an_answer_is_read_is_not_taken_for_what_was_applied(
    world: World,
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()
    live = world.loop._served[0].clusters["main"].live
    answered = world.config_map("a")
    edit(world, v="hand")
    world.loop.stop()
    live.observe(world.config_map("a"))

    seen = live.observe(answered)

    assert seen.version == int(answered["metadata"]["resourceVersion"])
    newest = live.get(ObjectKey("", "ConfigMap", world.namespace, "a"))
    assert newest is not None
    assert newest.version > seen.version


def test_however_often_a_person_changes_it_each_change_is_healed_at_once(world: World) -> None:
    """A test is as quick as a machine: that tells the two apart here is only the tool's name."""
    world.semantics = replace(FAST, heal_reflex=0.0)
    world.restart()
    world.repo({"a.yaml": config_yaml("a", v="git")})
    world.app()
    world.until_synced()

    for number in range(12):
        edit(world, v=f"hand {number}")
        eventually(lambda: world.config_map("a")["data"] == {"v": "git"})

    assert "Fight" not in {event.reason for event in world.events}
