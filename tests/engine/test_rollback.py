"""Going back: the bad commit is skipped until a newer one comes, or taken back in Git."""

import pytest

from gitops_lab.engine import ops, rollback
from gitops_lab.engine.errors import AppError
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


@pytest.fixture
def two(world: World) -> tuple[str, str]:
    """An App that has run two commits; the good one and the bad one."""
    world.repo({"deploy/a.yaml": config_yaml("a", v="good"), "other/x": "1"})
    world.app(source={"repo": "web", "path": "deploy"})
    good = world.until_synced().status.revision
    bad = world.commit({"deploy/a.yaml": config_yaml("a", v="bad"), "other/x": "2"})
    world.until_synced(bad)
    return good, bad


def roll_back(world: World, wanted: str = "") -> ops.AppView:
    view = world.view()
    mark = rollback.pin(world.client, view, rollback.choose(view, wanted), world.sources)
    done = ops.wait_handled(world.client, view, mark, timeout=10)
    assert done is not None
    return done


def test_the_bad_commit_is_skipped_and_the_status_says_so(
    world: World, two: tuple[str, str]
) -> None:
    good, bad = two

    done = roll_back(world)

    assert world.config_map("a")["data"] == {"v": "good"}
    assert (done.status.revision, done.status.skipped) == (good, bad)
    assert done.status.sync == "Synced"
    assert done.status.reason == "RolledBack"
    assert f"{bad[:8]} is skipped" in done.status.message
    assert [entry.revision for entry in done.status.history] == [good, bad, good]
    assert world.loop.idle(5)


def test_the_skipped_commit_stays_skipped_after_a_restart_and_drift_is_healed(
    world: World, two: tuple[str, str]
) -> None:
    roll_back(world)

    world.restart()
    world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})

    eventually(lambda: world.config_map("a")["data"] == {"v": "good"})
    assert world.until_reason("RolledBack").status.skipped == two[1]


def test_a_newer_commit_ends_the_rollback(world: World, two: tuple[str, str]) -> None:
    roll_back(world)

    sha = world.commit({"deploy/a.yaml": config_yaml("a", v="better")})

    view = world.until_synced(sha)
    assert view.status.skipped == ""
    assert world.config_map("a")["data"] == {"v": "better"}


def test_resume_deploys_the_skipped_commit_after_all(world: World, two: tuple[str, str]) -> None:
    roll_back(world)

    ops.set_suspended(world.client, world.view(), False)

    assert world.until_synced(two[1]).status.reason == "Synced"
    assert world.config_map("a")["data"] == {"v": "bad"}


def test_a_manual_app_is_rolled_back_at_once_and_not_forward_again(
    world: World, two: tuple[str, str]
) -> None:
    world.patch_app({"spec": {"syncPolicy": {"automated": False}}})
    assert world.loop.idle(5)

    done = roll_back(world)

    assert done.status.last_sync is not None
    assert done.status.last_sync.trigger == "rollback"
    assert world.config_map("a")["data"] == {"v": "good"}


def test_explain_names_both_commits_and_the_ways_out(world: World, two: tuple[str, str]) -> None:
    done = roll_back(world)

    told = ops.explain_app(done, {"main": world.client}, world.sources)

    assert (told.link, told.reason) == ("revision", "RolledBack")
    assert two[0][:8] in told.message
    assert two[1][:8] in told.message
    assert "resume" in told.next


def test_a_diff_compares_with_the_pinned_commit(world: World, two: tuple[str, str]) -> None:
    done = roll_back(world)

    plan = ops.diff(done, {"main": world.client}, world.sources)

    assert plan.summary() == "nothing to do"


def test_revert_writes_a_commit_that_takes_back_what_the_app_reads_and_nothing_else(
    world: World, two: tuple[str, str]
) -> None:
    view = world.view()

    sha = rollback.revert(view, rollback.choose(view), world.repositories)
    world.loop.notify_push("web")

    world.until_synced(sha)
    assert world.config_map("a")["data"] == {"v": "good"}
    assert world.repositories.read("web", "main", "other/x") == b"2"
    newest = world.repositories.log("web", "main", 1)[0]
    assert newest.subject.startswith(f"Go back to {two[0][:7]}")


def test_revert_brings_back_files_that_were_deleted_and_drops_new_ones(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a"), "run.sh": "#!/bin/sh\n"})
    world.app()
    world.until_synced()
    world.until_synced(world.commit({"a.yaml": None, "run.sh": None, "b.yaml": config_yaml("b")}))
    view = world.view()

    rollback.revert(view, rollback.choose(view), world.repositories)
    world.loop.notify_push("web")

    assert sorted(world.repositories.files("web", "main")) == ["a.yaml", "run.sh"]
    eventually(lambda: world.has_config_map("a") and not world.has_config_map("b"))


def test_an_entry_is_chosen_by_its_id_and_a_wrong_one_names_what_there_is(
    world: World, two: tuple[str, str]
) -> None:
    view = world.view()

    assert rollback.choose(view, "1").revision == two[0]
    assert rollback.choose(view).revision == two[0]
    assert rollback.choose(view, two[1][:7]).id == 2
    with pytest.raises(AppError, match="no entry 9") as caught:
        rollback.choose(view, "9")
    assert f"1 ({two[0][:7]})" in caught.value.hint


def test_there_is_nothing_to_skip_when_git_says_the_same(
    world: World, two: tuple[str, str]
) -> None:
    view = world.view()
    with pytest.raises(AppError, match="already"):
        rollback.pin(world.client, view, rollback.choose(view, "2"), world.sources)


def test_an_app_that_follows_a_commit_has_no_branch_to_revert_on(
    world: World, two: tuple[str, str]
) -> None:
    world.patch_app({"spec": {"source": {"revision": two[1]}}})
    view = world.view()

    with pytest.raises(AppError, match="no branch"):
        rollback.revert(view, rollback.choose(view), world.repositories)
