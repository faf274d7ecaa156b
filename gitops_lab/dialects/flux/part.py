"""What the groups of Flux's resources share, and what each brings to the dialect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.flux.events import Announcer
from gitops_lab.dialects.flux.storage import Storage
from gitops_lab.kube import Client, Object


@dataclass(frozen=True)
class Context:
    """What every controller of the dialect works with; `client` is the home cluster's."""

    world: World
    client: Client
    announcer: Announcer
    storage: Storage

    @property
    def lab(self) -> bool:
        """Whether a push is told at once, as by a webhook."""
        return self.world.timing == "lab"

    @property
    def reaches(self) -> bool:
        """Whether a resource may name another cluster, by a kubeconfig."""
        return self.world.kubeconfig is not None


class Runs(Protocol):
    """A controller, or what else is started and stopped with the dialect."""

    def start(self) -> None:
        """Begin; return at once."""

    def stop(self) -> None:
        """End."""


@dataclass(frozen=True)
class Part:
    """One group at work: what runs, and who wants to hear of pushes."""

    runs: Sequence[Runs]
    pushed: Callable[[str, Sequence[str]], None] = lambda repo, refs: None


class Group(Protocol):
    """A module of the dialect: `flux.source`, `flux.kustomize`, `flux.helm`, …"""

    def definitions(self) -> Sequence[Object]:
        """Its CustomResourceDefinitions."""

    def part(self, context: Context) -> Part:
        """Its controllers, not yet started."""
