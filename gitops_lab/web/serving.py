"""The page's server: loopback only, in a thread of its own, asleep until somebody asks."""

import asyncio
import errno
import logging
import socket
import threading
from typing import Any

from gitops_lab.errors import WorkspaceError
from gitops_lab.web.guard import Guard
from gitops_lab.web.observe import Scene

log = logging.getLogger(__name__)

_START_SECONDS = 15
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
        self._server: Any = None
        self._warming: threading.Timer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, on another port when that one is taken. Raises WorkspaceError."""
        from gitops_lab.asgi.threaded import ReadyServer  # late: it takes 0.1 s

        listener = _listener(self.port)
        self.port = listener.getsockname()[1]
        self._server = ReadyServer(self._answer)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="page", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            raise WorkspaceError("the page did not start.", reason="PageFailed")
        self._warming = threading.Timer(_WARM_AFTER, _parts)
        self._warming.daemon = True
        self._warming.start()

    def stop(self) -> None:
        """End the open pages and stop listening."""
        if self._warming is not None:
            self._warming.cancel()
        if self._thread is None:
            return
        loop = self._server.running
        if self._live is not None and loop is not None:
            ending = asyncio.run_coroutine_threadsafe(self._live.stop(), loop)
            try:
                ending.result(_STOP_SECONDS)
            except TimeoutError:
                log.warning("the page's watches did not end within %d s", _STOP_SECONDS)
        self._server.end()
        self._thread.join(_STOP_SECONDS)
        self._thread = None

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


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not port:
            listener.close()
            raise
        log.warning("port %d is taken; the page moves to another", port)
        listener.bind((_HOST, 0))
    listener.listen(128)
    return listener
