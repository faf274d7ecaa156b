"""What a request costs does not depend on what else is stored: counted in calls, not in time."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.kube.client import Client
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer

OTHERS = 400
TIMES = 7
SLACK = 1.1  # what a server does for itself in between


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that nobody else asks."""
    running = RunningServer(tmp_path).start()
    yield running
    running.stop()


class Steps:
    """Counts the calls in a server's thread, of Python's functions and of C's."""

    def __init__(self, server: RunningServer) -> None:
        self._server, self.count = server, 0

    def _seen(self, _frame: Any, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            self.count += 1

    def _profile(self, function: Any) -> None:
        done = threading.Event()
        assert self._server._loop is not None
        self._server._loop.call_soon_threadsafe(lambda: (sys.setprofile(function), done.set()))
        assert done.wait(10)

    @contextmanager
    def counted(self) -> Iterator[None]:
        self.count = 0
        self._profile(self._seen)
        yield
        self._profile(None)


def least(server: RunningServer, method: str, path: str, body: Any = None) -> int:
    """The calls of a request, where nothing else came between."""
    steps, found = Steps(server), []
    for number in range(TIMES):
        if method == "POST":
            body = {"metadata": {"generateName": f"n{number}-"}}
        with steps.counted():
            assert send(server, method, path, body).code in (200, 201)
        found.append(steps.count)
    return min(found)


def costs(server: RunningServer) -> dict[str, int]:
    path = "/api/v1/namespaces/default/configmaps"
    patch = {"data": {"a": "b"}}
    return {
        "create": least(server, "POST", f"{path}?dryRun=All"),
        "get": least(server, "GET", f"{path}/one"),
        "list": least(server, "GET", path),
        "update": least(server, "PUT", f"{path}/one", {**config_map("one"), **patch}),
    }


def crowd(client: Client) -> None:
    """Namespaces, objects of the same kind in them, and of others."""
    for number in range(OTHERS // 10):
        name = f"other-{number}"
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for number in range(OTHERS):
        metadata = {"name": f"o-{number}", "namespace": f"other-{number % (OTHERS // 10)}"}
        for kind in ("ConfigMap", "Secret"):
            client.create({"apiVersion": "v1", "kind": kind, "metadata": metadata})


def test_a_request_takes_the_same_steps_whatever_else_is_stored(alone: RunningServer) -> None:
    client = alone.client()
    try:
        client.create({**config_map("one"), "metadata": {"name": "one", "namespace": "default"}})
        before = costs(alone)
        crowd(client)
        after = costs(alone)
    finally:
        client.close()
    dearer = {verb: (before[verb], n) for verb, n in after.items() if n > before[verb] * SLACK}
    assert not dearer
