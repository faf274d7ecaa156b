"""From a commit to objects in a cluster, on the embedded API server."""

from tests.engine.world import World, config_yaml
from tests.waiting import eventually


def test_a_commit_becomes_objects_and_the_status_tells_it(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", colour="blue")})
    world.app()

    view = world.until_synced()

    assert world.config_map("a")["data"] == {"colour": "blue"}
    assert view.status.sync == "Synced"
    assert view.status.health.status == "Healthy"
    assert [entry.subject for entry in view.status.history] == ["first"]
    assert [str(entry.key) for entry in view.status.inventory] == [f"ConfigMap/{world.namespace}/a"]
    assert world.loop.idle(10)


def test_a_new_commit_changes_adds_and_prunes(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b", v="1")})
    world.app()
    world.until_synced()

    sha = world.commit(
        {"a.yaml": config_yaml("a", v="2"), "b.yaml": None, "c.yaml": config_yaml("c", v="1")}
    )
    view = world.until_synced(sha)

    assert world.config_map("a")["data"] == {"v": "2"}
    assert world.has_config_map("c")
    assert eventually(lambda: not world.has_config_map("b"))
    assert [entry.id for entry in view.status.history] == [1, 2]
    assert {entry.key.name for entry in view.status.inventory} == {"a", "c"}
