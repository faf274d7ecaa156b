"""Apps that wait for each other: told by event, named when they wait in a circle or too long."""

from gitops_lab.engine.dependencies import cycle
from tests.engine.test_waves import claim_yaml, finish, job, job_yaml, settle
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

DB = {"repo": "web", "path": "db"}
WEB = {"repo": "web", "path": "web"}


def test_an_app_waits_until_the_other_is_healthy_and_says_for_what(world: World) -> None:
    world.repo({"db/j.yaml": job_yaml("db"), "web/a.yaml": config_yaml("a")})
    world.app("web", source=WEB, dependsOn=[{"name": "db"}])
    world.until_reason("DependencyNotFound", "web")
    world.app("db", source=DB)

    view = world.until_reason("WaitingForDependency", "web")
    world.until(lambda v: "db, which is Progressing" in v.status.message, "web")
    assert not world.has_config_map("a")
    assert not view.status.failed

    finish(world, "db")

    world.until_synced(name="web")
    assert world.has_config_map("a")


def test_a_new_commit_goes_through_the_dependency_first(world: World) -> None:
    world.repo({"db/a.yaml": config_yaml("db", v="1"), "web/a.yaml": config_yaml("web", v="1")})
    world.app("db", source=DB)
    world.app("web", source=WEB, dependsOn=[{"name": "db"}])
    world.until_synced(name="web")

    sha = world.commit(
        {"db/a.yaml": config_yaml("db", v="2"), "web/a.yaml": config_yaml("web", v="2")}
    )

    world.until_synced(sha, "web")
    db, web = (world.config_map(name)["metadata"]["resourceVersion"] for name in ("db", "web"))
    assert int(db) < int(web)


def test_what_is_deployed_is_kept_up_while_the_dependency_is_unwell(world: World) -> None:
    world.repo({"db/c.yaml": claim_yaml("db"), "web/a.yaml": config_yaml("a", v="1")})
    world.app("db", source=DB)
    world.app("web", source=WEB, dependsOn=[{"name": "db"}])
    settle(world, "db", "Bound")
    world.until_synced(name="web")
    settle(world, "db", "Lost")
    world.until(lambda v: v.status.health.status == "Degraded", "db")

    world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})

    eventually(lambda: world.config_map("a")["data"] == {"v": "1"})


def test_waiting_too_long_is_a_failure_that_names_the_other_and_goes_on_later(
    world: World,
) -> None:
    world.repo({"db/j.yaml": job_yaml("db"), "web/a.yaml": config_yaml("a")})
    world.app("db", source=DB)
    world.app("web", source=WEB, dependsOn=[{"name": "db"}], timeoutSeconds=1)

    view = world.until_reason("DependencyTimeout", "web")
    assert f"for {world.namespace}/db, which is Progressing" in view.status.message
    assert job(world, "db") is not None

    finish(world, "db")
    world.until_synced(name="web")


def test_a_circle_is_named(world: World) -> None:
    world.repo({"db/a.yaml": config_yaml("db"), "web/a.yaml": config_yaml("web")})
    world.app("db", source=DB, dependsOn=[{"name": "web"}])
    world.app("web", source=WEB, dependsOn=[{"name": "db"}])

    view = world.until_reason("DependencyCycle", "web")
    way = " -> ".join(f"{world.namespace}/{name}" for name in ("web", "db", "web"))
    assert way in view.status.message

    world.patch_app({"spec": {"dependsOn": None}}, "db")
    world.until_synced(name="web")


def test_a_cycle_is_found_wherever_it_begins() -> None:
    needs = {"a": ("b", "x"), "b": ("c",), "c": ("a",), "x": ("y",), "y": ("x",)}

    assert cycle("a", needs) == ["a", "b", "c", "a"]
    assert cycle("x", needs) == ["x", "y", "x"]
    assert cycle("z", needs) == []
    assert cycle("a", {"a": ("a",)}) == ["a", "a"]
