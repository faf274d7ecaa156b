"""The chain as data."""

from gitops_lab.engine.events import Chain, ChainEvent
from tests.engine.world import World, config_yaml


def event(app: str, reason: str = "Rendered") -> ChainEvent:
    return ChainEvent(app, "render", reason)


def test_a_listener_hears_what_comes_until_it_leaves() -> None:
    chain, heard = Chain(), []
    leave = chain.subscribe(heard.append)
    chain.tell(event("a"))
    leave()
    leave()
    chain.tell(event("b"))

    assert [one.app for one in heard] == ["a"]
    assert [one.app for one in chain.recent()] == ["a", "b"]
    assert [one.app for one in chain.recent("b")] == ["b"]


def test_a_listener_that_fails_spoils_nothing_for_the_next() -> None:
    chain, heard = Chain(), []
    chain.subscribe(lambda _: 1 / 0)
    chain.subscribe(heard.append)

    chain.tell(event("a"))

    assert len(heard) == 1


def test_a_commit_is_told_stage_by_stage_with_times(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)

    chain = [(e.stage, e.reason) for e in world.loop.chain.recent(f"{world.namespace}/web")]

    assert chain[:6] == [
        ("source", "Resolved"),
        ("source", "Fetched"),
        ("render", "Rendered"),
        ("plan", "Planned"),
        ("apply", "Applied"),
        ("health", "Healthy"),
    ]
    assert all(e.data["seconds"] >= 0 for e in world.events)
