"""What a case is played on: a cluster, a Git server, and the controllers of an engine."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.git import GitServer, Repositories
from gitops_lab.kube import Client, Informer
from gitops_lab.kube.errors import AlreadyExists
from tests.dialects.runner.case import Settings, Setup
from tests.dialects.runner.kinds import ARGOCD
from tests.dialects.runner.services import Services

GIT_TOKEN = "token-of-the-cases"
NONE = Setup()


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
    services: Services
    hooks: str
    """Where receivers are called, without a path."""

    events: Informer
    """All Events, followed: each look of each case would else list them."""

    def git_url(self) -> str:
        """Where the controllers reach the repositories, without credentials."""
        return self.git.url

    def pushed(self, repo: str, ref: str, old: str, new: str) -> None:
        """A commit has come. The genuine controllers, without a webhook, learn nothing of it."""


def set_up(client: Client, settings: Settings) -> None:
    """Argo CD's own ConfigMaps, before it starts."""
    if not settings:
        return
    with suppress(AlreadyExists):
        metadata = {"name": ARGOCD}
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    for name, data in settings.items():
        labels = {"app.kubernetes.io/part-of": ARGOCD}
        config = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": ARGOCD, "labels": labels},
            "data": dict(data),
        }
        client.apply(config, field_manager="tester", force=True)


@contextmanager
def followed_events(client: Client) -> Iterator[Informer]:
    """All Events of a cluster as they come."""
    events = Informer(client, "v1", "Event")
    events.start()
    try:
        events.wait_synced(30)
        yield events
    finally:
        events.stop()


def git_server(root: Path) -> tuple[GitServer, Repositories]:
    """A started server for the repositories under `root`."""
    root.mkdir(parents=True, exist_ok=True)
    server = GitServer(root, GIT_TOKEN)
    server.start()
    return server, Repositories(root)
