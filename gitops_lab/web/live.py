"""What is behind one workspace's page: the board, what feeds it, and what paints it."""

import asyncio
import contextlib
import logging
from typing import Any

from markupsafe import Markup

from gitops_lab.errors import GitOpsLabError
from gitops_lab.web.board import Board
from gitops_lab.web.detail import Detail
from gitops_lab.web.facts import AppFact
from gitops_lab.web.fragments import Painter
from gitops_lab.web.guard import Guard
from gitops_lab.web.observe import Observer, Scene
from gitops_lab.web.verbs import Verbs
from gitops_lab.web.view import Looking
from gitops_lab.workspace.notes import notes_stamp, read_notes

log = logging.getLogger(__name__)

_LOOK = 1.0
"""Seconds between two looks at a file: the one with progress, the one of a presenter."""


class Live:
    """Made on the page's event loop, at the first request; until then the page costs nothing."""

    def __init__(self, scene: Scene, guard: Guard) -> None:
        self.scene = scene
        self.board = Board(asyncio.get_running_loop())
        self.observer = Observer(scene, self.board)
        self.verbs = Verbs(scene, self.board)
        self.painter = Painter(guard.base, guard.form)
        self.painted = asyncio.Event()
        """Set by the first picture, which nothing may hold up."""
        self._explained: dict[str, str] = {}
        self._tasks = [
            asyncio.create_task(self._follow_lab()),
            asyncio.create_task(self._follow_notes()),
        ]
        self.observer.start()

    async def stop(self) -> None:
        """End the streams and the watches."""
        self.board.close()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.verbs.stop()
        await asyncio.to_thread(self.observer.stop)

    def attend(self, app: AppFact | None) -> None:
        """Somebody looks at an App: find out all about what is wrong with it, once."""
        if app is None or app.broken is None or self._explained.get(app.id) == app.version:
            return
        self._explained[app.id] = app.version
        self.observer.explain(app)

    def detail(self, found: Detail | None, looking: Looking, app: AppFact | None) -> Any:
        """An object close up, as HTML."""
        shown = Looking(app.id if app else "", looking.node, looking.tab, looking.at)
        html = self.painter.page("detail.html", detail=found, looking=shown)
        return Markup(html)  # noqa: S704  a template's

    async def _follow_lab(self) -> None:
        try:
            await self.painted.wait()
            lab = await asyncio.to_thread(self._open_lab)
            seen = None
            while True:
                stamp = lab.stamp
                if stamp != seen:
                    self.board.put({("lab",): await asyncio.to_thread(lab.fact)})
                    seen = stamp
                await asyncio.sleep(_LOOK)
        except (GitOpsLabError, OSError) as error:
            log.info("the page goes without the lab: %s", error)

    async def _follow_notes(self) -> None:
        """What is presented, for the page that a room looks at."""
        seen = 0
        while True:
            stamp = notes_stamp(self.scene.root)
            if stamp != seen:
                self.board.put({("notes",): await asyncio.to_thread(read_notes, self.scene.root)})
                seen = stamp
            await asyncio.to_thread(self.observer.look)
            await asyncio.sleep(_LOOK)

    def _open_lab(self) -> Any:
        from gitops_lab.web.labview import LabView  # late: it takes 0.3 s and 12 MB

        return LabView(self.scene.root.parents[1], self.scene.name)
