"""A thousand events a second: few messages, the end state in the last, and any page keeps up."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from gitops_lab.web.board import GAP, Board
from gitops_lab.web.fragments import Painter, row_id
from gitops_lab.web.stream import Stream
from gitops_lab.web.view import Looking
from tests.web.test_reading import APP

A_SECOND = 1000
SECONDS = 1.0
APPS = 50


class Around:
    """What a stream needs of what is behind a page."""

    def __init__(self) -> None:
        self.board = Board(asyncio.get_running_loop())
        self.painter = Painter("/w-1", "secret")
        self.scene = SimpleNamespace(name="many")

    def attend(self, app: Any) -> None:
        """Nobody explains anything here."""


def storm(board: Board) -> None:
    """A second of events at their pace; the last of each App says so."""
    begun = time.monotonic()
    total = int(A_SECOND * SECONDS)
    for number in range(total):
        app = replace(APP, id=f"gitops/a{number % APPS}", name=f"a{number % APPS}")
        last = number >= total - APPS
        fact = replace(app, revision="end" if last else f"{number:07}")
        board.put({("app", fact.id): fact}, moment=number % 10 == 0)
        ahead = number / A_SECOND - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)


async def pieces(lines: AsyncIterator[bytes], pause: float) -> AsyncIterator[dict[str, str]]:
    """What a page gets that needs `pause` seconds for each message."""
    async for line in lines:
        if line.startswith(b"data: "):
            yield orjson.loads(line[6:])["pieces"]
            await asyncio.sleep(pause)


@pytest.mark.parametrize("pause", [0.0, 0.2], ids=["a quick page", "a slow page"])
def test_a_storm_is_coalesced_and_its_end_is_shown(pause: float) -> None:
    async def story() -> tuple[int, dict[str, str], float]:
        around = Around()
        thread = threading.Thread(target=storm, args=(around.board,))
        begun = time.monotonic()
        thread.start()
        shown: dict[str, str] = {}
        count = 0
        last = {row_id(replace(APP, id=f"gitops/a{number}")) for number in range(APPS)}
        stream = Stream(around, Looking())  # type: ignore[arg-type]
        async for changed in pieces(stream.lines(), pause):
            count += 1
            shown |= changed
            whole = shown.get("apps", "")
            if all("end" in shown.get(name, whole) for name in last):
                break
        took = time.monotonic() - begun
        around.board.close()
        await asyncio.to_thread(thread.join)
        return count, shown, took

    count, shown, took = asyncio.run(asyncio.wait_for(story(), 30))
    assert count <= (took + 1) * (1 / GAP + 10), "a message each gap, and some worth keeping"
    assert "50 of 50" in shown["count"]


def test_a_page_that_reads_nothing_holds_nothing_up() -> None:
    async def story() -> bool:
        around = Around()
        lines = Stream(around, Looking()).lines()  # type: ignore[arg-type]
        await anext(lines)
        await asyncio.to_thread(storm, around.board)
        await asyncio.sleep(GAP * 4)
        newest = around.board.state
        told = [line async for line in _some(lines, 1)]
        around.board.close()
        return b"end" in told[0] and newest.get("app", "gitops/a0").revision == "end"

    assert asyncio.run(asyncio.wait_for(story(), 30))


async def _some(lines: AsyncIterator[bytes], count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield await anext(lines)
