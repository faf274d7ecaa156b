"""What a case is played on: a cluster, a Git server, and the controllers of an engine."""

from dataclasses import dataclass
from pathlib import Path

from gitops_lab.git import GitServer, Repositories
from gitops_lab.kube import Client

GIT_TOKEN = "token-of-the-cases"


@dataclass
class Backend:
    """A running cluster with an engine, shared by all cases that are played on it."""

    name: str
    """"genuine" or "ours"."""

    client: Client
    root: Path
    patience: float
    """Seconds that a step's `until` may take."""

    calm: float
    """Seconds without any change after which a step is over."""

    git: GitServer
    repositories: Repositories

    def git_url(self) -> str:
        """Where the controllers reach the repositories, without credentials."""
        return self.git.url

    def pushed(self, repo: str, ref: str, old: str, new: str) -> None:
        """A commit has come. The genuine controllers, without a webhook, learn nothing of it."""


def git_server(root: Path) -> tuple[GitServer, Repositories]:
    """A started server for the repositories under `root`."""
    root.mkdir(parents=True, exist_ok=True)
    server = GitServer(root, GIT_TOKEN)
    server.start()
    return server, Repositories(root)
