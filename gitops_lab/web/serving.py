"""The page's server: loopback only, in a thread of its own, asleep until somebody asks."""

import asyncio
import errno
import logging
import socket
import threading
from typing import Any

from gitops_lab.asgi.listening import Listening, listener
from gitops_lab.errors import WorkspaceError
from gitops_lab.web.guard import Guard
from gitops_lab.web.observe import Scene

log = logging.getLogger(__name__)

_STOP_SECONDS = 10
_WARM_AFTER = 3.0
"""Seconds after which what the page needs is loaded, when the rest has started in peace."""
_HOST = "127.0.0.1"


class PageServer:
    """Serves one workspace's page. `port` 0 takes a free one; it is known after `start`."""

    def __init__(self, scene: Scene, token: str, *, port: int = 0) -> None:
        self.port = port
        self._scene = scene
        self._guard = Guard(token)
        self._live: Any = None
        self._app: Any = None
        self._opening: asyncio.Lock | None = None
        self._listening = Listening("page")
        self._warming: threading.Timer | None = None

    def start(self) -> None:
        """Listen, on another port when that one is taken. Raises WorkspaceError."""
        bound = _bound(self.port)
        self.port = bound.getsockname()[1]
        if not self._listening.start(self._answer, [bound]):
            raise WorkspaceError("the page did not start.", reason="PageFailed")
        self._warming = threading.Timer(_WARM_AFTER, _parts)
        self._warming.daemon = True
        self._warming.start()

    def stop(self) -> None:
        """End the open pages and stop listening."""
        if self._warming is not None:
            self._warming.cancel()
        loop = self._listening.loop
        if self._live is not None and loop is not None:
            ending = asyncio.run_coroutine_threadsafe(self._live.stop(), loop)
            try:
                ending.result(_STOP_SECONDS)
            except TimeoutError:
                log.warning("the page's watches did not end within %d s", _STOP_SECONDS)
        self._listening.stop()

    def pushed(self, repo: str) -> None:
        """A repository has new commits."""
        if self._live is not None:
            self._live.observer.pushed(repo)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            self._opening = self._opening or asyncio.Lock()
            async with self._opening:
                await self._open()
        await self._app(scope, receive, send)

    async def _open(self) -> None:
        """Only now what makes the page is loaded: most workspaces run without one."""
        if self._app is not None:
            return
        live, application = await asyncio.to_thread(_parts)
        self._live = live(self._scene, self._guard)
        self._app = application(self._live, self._guard)


def _parts() -> tuple[Any, Any]:
    from gitops_lab.web.app import application
    from gitops_lab.web.fragments import templates
    from gitops_lab.web.live import Live

    templates()
    return Live, application


def _bound(port: int) -> socket.socket:
    try:
        return listener(_HOST, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not port:
            raise
        log.warning("port %d is taken; the page moves to another", port)
        return listener(_HOST, 0)
