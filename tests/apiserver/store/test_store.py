"""The store on its own: order, visibility, history, restarts."""

import asyncio
from pathlib import Path

import pytest

from gitops_lab.apiserver.store import Expired, Key, Store
from gitops_lab.apiserver.store import collection as collections

KEY = Key("/configmaps", "default", "a")


def body(name: str, **data: str) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "default"}, "data": data}


async def started(path: Path) -> Store:
    store = Store(path)
    await store.start()
    return store


def test_objects_and_the_revision_survive_a_restart(tmp_path: Path) -> None:
    async def first() -> int:
        store = await started(tmp_path / "state.db")
        entry = await store.put(KEY, body("a", x="1"), None)
        entry = await store.put(KEY, body("a", x="2"), entry)
        gone = await store.put(KEY._replace(name="b"), body("b"), None)
        await store.remove(gone.key, gone.parsed(), gone)
        await store.stop()
        return store.revision

    async def second(revision: int) -> None:
        store = await started(tmp_path / "state.db")
        collection = store.collection(KEY.collection)
        assert [entry.key.name for entry in collection] == ["a"]
        found = collection.get("default", "a")
        assert found is not None
        assert found.parsed()["data"] == {"x": "2"}
        assert store.revision == revision
        entry = await store.put(KEY._replace(name="c"), body("c"), None)
        assert entry.rv > revision
        await store.stop()

    asyncio.run(second(asyncio.run(first())))


def test_a_write_is_seen_only_after_it_is_on_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await started(tmp_path / "state.db")
        future = store.put(KEY, body("a"), None)
        assert store.collection(KEY.collection).get("default", "a") is None
        settled = await store.settled(KEY)
        assert settled is await future
        await store.stop()

    asyncio.run(scenario())


def test_writes_that_wait_for_each_other_share_commits_and_keep_their_order(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        store = await started(tmp_path / "state.db")
        futures = [store.put(KEY._replace(name=f"n{i}"), body(f"n{i}"), None) for i in range(500)]
        entries = await asyncio.gather(*futures)
        revisions = [entry.rv for entry in entries]
        assert revisions == sorted(revisions)
        logged = store.collection(KEY.collection).since(0)
        assert [event.rv for event in logged] == revisions
        await store.stop()

    asyncio.run(scenario())


def test_a_listing_can_be_had_as_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = await started(tmp_path / "state.db")
        first = await store.put(KEY, body("a", x="1"), None)
        then = store.revision
        changed = await store.put(KEY, body("a", x="2"), first)
        await store.put(KEY._replace(name="b"), body("b"), None)
        await store.remove(KEY, changed.parsed(), changed)
        past = store.collection(KEY.collection).at(then, "default")
        assert [entry.parsed()["data"] for entry in past] == [{"x": "1"}]
        await store.stop()

    asyncio.run(scenario())


def test_the_log_forgets_what_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_EVENTS", 5)

    async def scenario() -> None:
        store = await started(tmp_path / "state.db")
        for index in range(10):
            await store.put(KEY._replace(name=f"n{index}"), body(f"n{index}"), None)
        log = store.collection(KEY.collection)
        assert [event.rv for event in log.since(5)] == [6, 7, 8, 9, 10]
        with pytest.raises(Expired):
            log.since(4)
        await store.stop()

    asyncio.run(scenario())
