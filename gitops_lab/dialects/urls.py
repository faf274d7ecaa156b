"""The clone URLs of a workspace's repositories, and which repository a URL means."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from gitops_lab.engine.nearby import is_loopback
from gitops_lab.git import Repositories

_LOCAL = frozenset({"localhost", "host.docker.internal", "host.gitops-lab"})
EVERYWHERE = "git.gitops-lab"
"""A host that needs no port: the workspace's Git server, in files that are the same everywhere."""


class Urls:
    """`port` tells the Git server's port; `known` the repositories; `hosts` where pods find us."""

    def __init__(
        self,
        port: Callable[[], int],
        known: Callable[[], Collection[str]],
        hosts: Collection[str] = (),
    ) -> None:
        self._port = port
        self._known = known
        self._hosts = frozenset(hosts)

    def git_url(self, repo: str) -> str:
        """Where a repository is cloned on this machine; without credentials."""
        return f"http://127.0.0.1:{self._port()}/{repo}.git"

    def repo_of(self, url: str) -> str | None:
        """The repository that a URL means; None when it is not one of this workspace's.

        With or without `.git` and credentials, at a loopback or gateway address of this machine,
        or at `http://git.gitops-lab/NAME.git`, which is the workspace's on every machine.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        everywhere = parts.hostname == EVERYWHERE and port in (None, self._port())
        ours = port == self._port() and self._is_ours(parts.hostname)
        if parts.scheme != "http" or not (everywhere or ours):
            return None
        name = parts.path.strip("/").removesuffix(".git")
        return name if name in self._known() else None

    def _is_ours(self, host: str | None) -> bool:
        if not host:
            return False
        if host in _LOCAL or host in self._hosts:
            return True
        return is_loopback(host)


def not_here(url: str, git_url: Callable[[str], str], repositories: Repositories) -> str:
    """What our Git server says of a URL of its own that is no repository; "" for another's URL."""
    ours, asked = urlsplit(git_url("x")), urlsplit(url)
    if asked.hostname != EVERYWHERE and asked.netloc != ours.netloc:
        return ""
    name = asked.path.strip("/").removesuffix(".git")
    return f"There is no repository {name!r}; there are: {named(repositories)}."


def named(repositories: Repositories) -> str:
    """The repositories that there are, as the Git server lists them."""
    return ", ".join(repositories.names()) or "none yet"
