"""One open page: it is sent each piece that has changed for it, at the pace that it can take."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import orjson
from starlette.concurrency import run_in_threadpool

from gitops_lab.web import view
from gitops_lab.web.detail import detail_of
from gitops_lab.web.facts import State
from gitops_lab.web.fragments import Fragment, row_id
from gitops_lab.web.live import Live
from gitops_lab.web.view import Looking

_RETRY = 1000
_BEAT = 15.0
_LOG = 1.0


class Stream:
    """What one page has been sent."""

    def __init__(self, live: Live, looking: Looking) -> None:
        self._live = live
        self._looking = looking
        self._sent: dict[str, str] = {}
        self._listed: list[str] = []
        self._detailed = ""

    async def lines(self) -> AsyncIterator[bytes]:
        """The text of an event stream; the first event has everything."""
        yield f"retry: {_RETRY}\n\n".encode()
        states = self._live.board.states()
        pause = _LOG if self._looking.node else _BEAT
        waiting: asyncio.Task[State] | None = None
        try:
            while True:
                waiting = waiting or asyncio.ensure_future(anext(states))
                done, _ = await asyncio.wait([waiting], timeout=pause)
                if done:
                    state, waiting = waiting.result(), None
                    changed = self._changed(state)
                else:
                    state, changed = self._live.board.state, {}
                changed |= await self._detail(state)
                yield _event(changed, state) if changed else b": \n\n"
        except StopAsyncIteration:
            return
        finally:
            if waiting is not None:
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await waiting

    def _changed(self, state: State) -> dict[str, str]:
        self._live.attend(view.chosen(state, self._looking))
        painter = self._live.painter
        listed = [row_id(app) for app in state.apps]
        parts: list[Fragment] = [
            painter.title(state, self._live.scene.name),
            painter.count(state),
            *painter.pieces(state, self._looking),
        ]
        rows = list(painter.rows(state, self._looking))
        if listed != self._listed:
            self._listed = listed
            parts.append(painter.apps(state, self._looking))
            self._sent |= {row.id: row.mark for row in rows}
        else:
            parts += rows
        changed = [part for part in parts if self._sent.get(part.id) != part.mark]
        self._sent |= {part.id: part.mark for part in changed}
        return {part.id: str(part.html) for part in changed}

    async def _detail(self, state: State) -> dict[str, str]:
        """The object that is looked at; asked for again after each change, a log every second."""
        if not self._looking.node:
            return {}
        live, looking = self._live, self._looking
        app = view.chosen(state, looking)
        found = await run_in_threadpool(detail_of, live.scene, state, looking, app)
        mark = found.mark if found else ""
        if mark == self._detailed:
            return {}
        self._detailed = mark
        return {"detail": str(live.detail(found, looking, app))}


def _event(changed: dict[str, str], state: State) -> bytes:
    data = orjson.dumps({"pieces": changed, "at": state.at, "clock": view.clock(state.at)})
    return b"data: " + data + b"\n\n"
