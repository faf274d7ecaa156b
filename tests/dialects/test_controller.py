"""The loop of one kind, against a real API server."""

import threading
from collections.abc import Iterator

import pytest

from gitops_lab.dialects import controller as module
from gitops_lab.dialects.controller import Controller, Reconcile, spec_changed
from gitops_lab.kube import Client, Object
from tests.engine.world import World
from tests.waiting import eventually


class Running:
    """A controller of ConfigMaps that notes what it is given."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace
        self.seen: list[Object] = []
        self.answer: Reconcile = lambda obj: None
        self.gone: list[str] = []
        self.controller = Controller(
            client,
            "v1",
            "ConfigMap",
            self._reconcile,
            name="test",
            wants=lambda new, old: new["metadata"]["namespace"] == namespace,
            gone=lambda namespace, name: self.gone.append(name),
        )

    def _reconcile(self, obj: Object) -> float | None:
        if obj["metadata"]["namespace"] != self.namespace:
            return None
        self.seen.append(obj)
        return self.answer(obj)

    def create(self, name: str, **data: str) -> Object:
        metadata = {"namespace": self.namespace, "name": name}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        return self.client.create(body)

    def count(self, name: str) -> int:
        return sum(1 for obj in self.seen if obj["metadata"]["name"] == name)


@pytest.fixture
def running(world: World) -> Iterator[Running]:
    running = Running(world.client, world.namespace)
    yield running
    running.controller.stop()


def test_objects_of_before_and_of_later_are_reconciled(running: Running) -> None:
    running.create("before")
    running.controller.start()
    assert running.controller.wait_synced()
    running.create("later")
    eventually(lambda: running.count("before") == 1 and running.count("later") == 1)
    eventually(running.controller.idle)
    assert running.controller.get(running.namespace, "later") is not None


def test_it_looks_again_after_the_time_that_was_asked_for(running: Running) -> None:
    running.answer = lambda obj: 0.05 if len(running.seen) < 3 else None
    running.controller.start()
    running.create("again")
    eventually(lambda: running.count("again") == 3)


def test_a_failure_is_tried_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY", 0.02)

    def fail_twice(obj: Object) -> float | None:
        if len(running.seen) < 3:
            raise ValueError("not yet")
        return None

    running.answer = fail_twice
    running.controller.start()
    running.create("bad")
    eventually(lambda: running.count("bad") == 3)
    eventually(running.controller.idle)


def test_a_trigger_is_at_once_and_never_in_two_hands(running: Running) -> None:
    busy, together, go = threading.Semaphore(1), [], threading.Event()

    def work(obj: Object) -> float | None:
        if not busy.acquire(blocking=False):
            together.append(obj)
        go.wait(10)
        busy.release()
        return 600

    running.answer = work
    running.controller.start()
    running.create("one")
    eventually(lambda: running.count("one") == 1)
    running.controller.trigger(running.namespace, "one")
    running.controller.trigger(running.namespace, "one")
    go.set()
    eventually(lambda: running.count("one") == 2)
    eventually(running.controller.idle)
    assert running.count("one") == 2
    assert not together


def test_what_is_gone_is_told_and_not_looked_at_again(running: Running) -> None:
    running.answer = lambda obj: 0.2
    running.controller.start()
    created = running.create("short")
    eventually(lambda: running.count("short") == 1)
    running.client.delete("v1", "ConfigMap", created["metadata"]["name"], running.namespace)
    eventually(lambda: "short" in running.gone)
    seen = running.count("short")
    running.create("other")
    eventually(lambda: running.count("other") > 2)
    assert running.count("short") <= seen + 1


def test_a_status_alone_is_no_change() -> None:
    old = {"metadata": {"name": "a", "generation": 1}, "spec": {"x": 1}, "status": {"y": 1}}
    assert spec_changed(old, None)
    assert not spec_changed({**old, "status": {"y": 2}}, old)
    assert spec_changed({**old, "metadata": {"generation": 2}}, old)
    assert spec_changed({**old, "metadata": {"generation": 1, "annotations": {"a": "b"}}}, old)
