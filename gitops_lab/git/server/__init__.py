"""The Git server of a workspace: smart HTTP on loopback, in a thread of its own.

`app` routes and answers, `backend` runs git's own `http-backend`,
`relay` carries the bytes both ways. `GitServer` ties them to a listening thread.
"""

import logging
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gitops_lab.asgi.basic import BasicAuth
from gitops_lab.asgi.listening import Listening, further, listener
from gitops_lab.git.errors import GitError
from gitops_lab.git.names import check_repository_name
from gitops_lab.git.process import clean_environment
from gitops_lab.git.pushes import OnPush, PushTeller
from gitops_lab.git.repositories import Repositories
from gitops_lab.git.server.app import Beside, GitApp
from gitops_lab.git.server.backend import Backend

__all__ = ["GitServer"]

log = logging.getLogger(__name__)

MAX_PUSH = 512 * 1024 * 1024
"""Bytes of one push; git itself refuses more, with a message that the learner reads."""


class GitServer:
    """Serves the repositories under `root`, to user `learner` with the workspace's token.

    `port` 0 takes a free one; `port` and `url` are known after `start`. `on_push` is called from
    a thread of the server's, in order, some milliseconds before the `git push` ends. `also` are
    further addresses, at the same port: where one can't be had, the server goes without. What
    stands in `pages`, `streams` and `hooks` is served beside the repositories (see `app.Beside`).
    """

    def __init__(
        self,
        root: Path,
        token: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        also: Sequence[str] = (),
        on_push: OnPush | None = None,
        max_push: int = MAX_PUSH,
    ) -> None:
        self.host = host
        self.port = port
        self.also = tuple(also)
        self._beside = beside = Beside()
        self.pages, self.streams, self.hooks = beside.pages, beside.streams, beside.hooks
        self._repositories = Repositories(root)
        self._auth = BasicAuth(token)
        self._on_push = on_push
        self._max_push = max_push
        self._listening = Listening("git-server")
        self._teller = PushTeller(None)

    @property
    def url(self) -> str:
        """Where the server listens, without credentials."""
        return f"http://{self.host}:{self.port}"

    def clone_url(self, repo: str) -> str:
        """What to give to `git clone`; no credentials are in it."""
        return f"{self.url}/{check_repository_name(repo)}.git"

    def start(self) -> None:
        """Listen; returns when requests are answered.

        Raises GitError("PortInUse") and GitError("GitHttpBackendMissing").
        """
        backend = Backend(_http_backend(), self._repositories.root, self._max_push)
        listeners = [self._bind(), *further(self.also, self.port)]
        self._teller = PushTeller(self._on_push)
        for name in self._repositories.names():
            self._teller.watch(name, self._repositories.path(name))
        app = GitApp(self._repositories, self._auth, backend, self._teller, self._beside)
        if not self._listening.start(app, listeners):
            raise GitError("the Git server did not start.", hint="See the workspace's logs.")

    def stop(self) -> None:
        """Stop listening, end what is running, and tell what was pushed."""
        if self._listening.stop():
            self._teller.close()

    def announce(self, repo: str) -> None:
        """Look for refs that moved without a push, and tell them as one."""
        self._teller.tell(repo, self._repositories.path(repo))

    def _bind(self) -> socket.socket:
        try:
            bound = listener(self.host, self.port)
        except OSError as error:
            raise GitError(
                f"the Git server can't listen on {self.host}:{self.port}: {error.strerror}.",
                reason="PortInUse",
                hint="End the program that listens there, or give the server another port.",
            ) from error
        self.port = bound.getsockname()[1]
        return bound


def _http_backend() -> str:
    """The path of git's own program for smart HTTP, which some packages of git leave out."""
    try:
        found = subprocess.run(
            ["git", "--exec-path"],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError("git can't be started.", hint="Install git 2.31 or newer.") from error
    program = Path(found.stdout.strip(), "git-http-backend")
    if not program.is_file():
        raise GitError(
            f"this git has no http-backend ({program}).",
            reason="GitHttpBackendMissing",
            hint="Install the full git package of your system (on Alpine: `git-daemon`).",
        )
    return str(program)
