"""What a dialect is to the process that runs it, and what it gets from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gitops_lab.engine.front import Front
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, Object
from gitops_lab.registry import Registry

Hook = Callable[[str, Mapping[bytes, bytes], bytes], int]
"""Path, headers (lower case) and body of a call -> the HTTP status of the answer."""


@dataclass(frozen=True)
class World:
    """The workspace around a dialect.

    home        the client of the cluster in which the engine's resources live
    clients     by cluster name, `home` among them
    git_url     repository name -> the URL at which it is cloned
    repo_of     URL -> repository name; None when it is not one of the workspace's. With or without
                `.git`, at any loopback or gateway address of this machine
    state       a folder for the dialect's own files; it may have to be made
    kubeconfig  the workspace's, with a context for each cluster. None where a resource may not name
                another cluster than its own
    timing      `lab` triggers at once on a push, `real` keeps the engine's intervals
    registry    the workspace's OCI registry; None where a process has none
    announce    tells that refs of a repository were moved without a push, which then counts as one
    hooks       who answers calls of webhooks, by how the path begins (`/hook/`); anybody may call
    """

    home: Client
    clients: Mapping[str, Client]
    sources: SourceStore
    repositories: Repositories
    git_url: Callable[[str], str]
    repo_of: Callable[[str], str | None]
    state: Path
    timing: str = "lab"
    registry: Registry | None = None
    kubeconfig: Path | None = None
    announce: Callable[[str], None] = lambda repo: None
    hooks: dict[str, Hook] = field(default_factory=dict)

    @property
    def home_name(self) -> str:
        """The name of the cluster in which the engine's resources live."""
        return next(name for name, client in self.clients.items() if client is self.home)


class Dialect(Protocol):
    """One engine that is spoken. `gitops_lab/dialects/NAME/__init__.py` has `dialect(timing)`."""

    @property
    def name(self) -> str:
        """`argocd`, `flux`."""

    def definitions(self) -> Sequence[Object]:
        """The CustomResourceDefinitions, in our own words; installed before `start`."""

    def fronts(self, world: World) -> Sequence[Front]:
        """The kinds that are Apps, to be read by others. One that the loop is to serve, and not a
        controller of the dialect's own, is added to it by `start`."""

    def start(self, world: World, loop: Loop) -> None:
        """Begin: start the controllers, and add to the loop the fronts that it is to serve."""

    def stop(self) -> None:
        """End them."""

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push has moved refs (`refs/heads/main`). Fronts are told by the loop."""
