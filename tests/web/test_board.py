"""The board coalesces, keeps the past within bounds, and loses nothing of the end."""

import asyncio
import threading

from gitops_lab.web.board import GAP, Board, Timeline
from gitops_lab.web.facts import State


def test_a_burst_of_events_becomes_few_states_and_the_last_one_is_right() -> None:
    async def story() -> list[State]:
        board = Board(asyncio.get_running_loop())
        seen: list[State] = []

        def burst() -> None:
            for number in range(1000):
                board.put({("app", f"a{number % 200}"): number})
            board.put({("app", "end"): "here"})

        async def read() -> None:
            async for state in board.states():
                seen.append(state)
                if state.get("app", "end"):
                    return

        threading.Thread(target=burst).start()
        await asyncio.wait_for(read(), 5)
        return seen

    seen = asyncio.run(story())
    assert len(seen) < 20
    assert seen[-1].get("app", "a199") == 999


def test_the_first_change_after_a_pause_is_shown_at_once() -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        board = Board(loop)
        states = board.states()
        await anext(states)
        begun = loop.time()
        board.put({("app", "a"): 1})
        await anext(states)
        return loop.time() - begun

    assert asyncio.run(story()) < GAP


def test_moments_to_keep_are_states_of_their_own() -> None:
    async def story() -> list[object]:
        board = Board(asyncio.get_running_loop())
        states = board.states()
        await anext(states)
        shown = []
        for value in ("drift", "healed"):
            board.put({("app", "a"): value}, moment=True)
            shown.append((await anext(states)).get("app", "a"))
        return shown

    assert asyncio.run(story()) == ["drift", "healed"]


def test_a_fact_that_did_not_change_makes_no_state() -> None:
    async def story() -> bool:
        board = Board(asyncio.get_running_loop())
        states = board.states()
        await anext(states)
        board.put({("app", "a"): 1})
        first = await anext(states)
        waiting = asyncio.ensure_future(anext(states))
        board.put({("app", "a"): 1, ("app", "gone"): None}, moment=True)
        done, _ = await asyncio.wait([waiting], timeout=GAP * 2)
        waiting.cancel()
        return not done and board.state is first

    assert asyncio.run(story())


def test_a_closed_board_lets_its_readers_end() -> None:
    async def story() -> int:
        board = Board(asyncio.get_running_loop())
        reading = asyncio.ensure_future(_count(board))
        await asyncio.sleep(0)
        board.close()
        return await asyncio.wait_for(reading, 5)

    assert asyncio.run(story()) <= 1


def test_any_moment_can_be_had_again() -> None:
    timeline = Timeline()
    timeline.add(1.0, {("app", "a"): "one"})
    timeline.add(2.0, {("app", "a"): "two", ("app", "b"): "new"})
    timeline.add(3.0, {("app", "a"): None})
    assert timeline.at(1.5).facts == {("app", "a"): "one"}
    assert timeline.at(2.0).facts == {("app", "a"): "two", ("app", "b"): "new"}
    assert timeline.at(9.0).facts == {("app", "b"): "new"}


def test_the_oldest_moments_are_folded_together() -> None:
    timeline = Timeline(moments=10, changes=1000)
    for number in range(100):
        timeline.add(float(number + 1), {("app", str(number)): number})
    assert timeline.begin == 90.0
    assert len(timeline.at(95.0).facts) == 95


async def _count(board: Board) -> int:
    return len([state async for state in board.states()])
