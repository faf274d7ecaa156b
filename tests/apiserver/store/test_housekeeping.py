"""Old events go, others stay."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from gitops_lab.apiserver.housekeeping import Housekeeping
from gitops_lab.apiserver.store import Key, Store


def event(name: str, age: float) -> dict[str, object]:
    seen = datetime.fromtimestamp(time.time() - age, UTC).isoformat()
    metadata = {"name": name, "creationTimestamp": "2020-01-01T00:00:00Z"}
    return {"metadata": metadata, "lastTimestamp": seen}


def test_events_are_forgotten_after_an_hour(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = Store(tmp_path / "state.db")
        await store.start()
        for name, age in (("old", 4000.0), ("recent", 3000.0)):
            await store.put(Key("/events", "default", name), event(name, age), None)
        await Housekeeping(store).forget_events(time.time() - 3600)
        assert [entry.key.name for entry in store.collection("/events")] == ["recent"]
        await store.stop()

    asyncio.run(scenario())
