"""Waiting for what watches tell."""

import threading
from concurrent.futures import ThreadPoolExecutor

from gitops_lab.engine.live import Live
from gitops_lab.engine.semantics import native
from gitops_lab.engine.waiting import Waiter
from gitops_lab.kube import Client
from tests.engine.objects import config_map


def live() -> Live:
    return Live(Client("https://127.0.0.1:1"), native(), lambda owner, key: None)


def test_who_asks_the_cluster_while_it_waits_keeps_nobody_from_what_watches_tell() -> None:
    seen = live()
    asked, answer = threading.Event(), threading.Event()

    def slow() -> bool:
        asked.set()
        return answer.wait(60)

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(Waiter(seen, timeout=60).until, slow)
        assert asked.wait(20)
        pool.submit(seen._on_event, "ADDED", config_map("a", {}, "web"), None).result(20)
        answer.set()
        assert waiting.result(20)


def test_what_a_watch_tells_is_looked_at_again() -> None:
    seen = live()
    looked = threading.Event()
    told: list[str] = []

    def probe() -> bool:
        looked.set()
        return bool(told)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Waiter(seen, timeout=60).until, probe)
        assert looked.wait(20)
        told.append("a")
        seen._on_event("ADDED", config_map("a", {}, "web"), None)
        assert waiting.result(20)


def test_it_ends_when_time_is_up() -> None:
    assert not Waiter(live(), timeout=0.0).until(lambda: False)
