"""Argo CD: Applications, AppProjects and ApplicationSets, as its controllers serve them.

`application` keeps the Applications, `projects` says what they may, `sets` makes them from
generators, `settings` follows `argocd-cm`; `seams` says what they share.
"""

import contextlib
import logging
from collections.abc import Sequence

from gitops_lab.dialects.argocd import seams
from gitops_lab.dialects.argocd.application import crd
from gitops_lab.dialects.argocd.application.controller import Applications
from gitops_lab.dialects.argocd.application.front import ApplicationFront
from gitops_lab.dialects.argocd.clusters import Clusters
from gitops_lab.dialects.argocd.projects import live as projects
from gitops_lab.dialects.argocd.seams import NAMESPACE, Runs, Shared
from gitops_lab.dialects.argocd.sets import controller as sets
from gitops_lab.dialects.argocd.sets import definition as set_definition
from gitops_lab.dialects.argocd.settings.live import LiveSettings
from gitops_lab.dialects.dialect import World
from gitops_lab.engine.front import Front
from gitops_lab.engine.loop import Loop
from gitops_lab.kube import Object
from gitops_lab.kube.errors import AlreadyExists

log = logging.getLogger(__name__)


def dialect(timing: str = "lab") -> "ArgoCD":
    """The dialect; `timing` is the workspace's."""
    return ArgoCD(timing)


class ArgoCD:
    """All of it; see `dialects.dialect.Dialect`."""

    name = "argocd"

    def __init__(self, timing: str = "lab") -> None:
        self._timing = timing
        self._parts: list[Runs] = []

    def definitions(self) -> Sequence[Object]:
        """The CustomResourceDefinitions, in our own words."""
        return [crd.definition(), *projects.definitions(), *set_definition.definitions()]

    def fronts(self, world: World) -> Sequence[Front]:
        """Applications, to be read; they have a controller of their own."""
        return (ApplicationFront(world.repo_of, world.home_name),)

    def start(self, world: World, loop: Loop) -> None:
        """Make Argo CD's namespace, and start the controllers."""
        with contextlib.suppress(AlreadyExists):
            world.home.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
            )
        clusters = Clusters(world.home, world.clients, NAMESPACE)
        settings = LiveSettings(world.home, NAMESPACE, lambda: applications.refresh_all())
        known = projects.LiveProjects(
            world.home, clusters, NAMESPACE, lambda name: applications.refresh_all()
        )
        shared = Shared(world, loop, clusters, known, settings)
        applications = Applications(shared)
        shared.refresh = applications.refresh
        self._parts = [settings, known, applications, sets.part(shared)]
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """End them; the last that was started first."""
        for part in reversed(self._parts):
            part.stop()
        self._parts = []

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """Tell of a push, which only timing `lab` does: Argo CD itself would poll."""
        if self._timing != "lab":
            return
        for part in self._parts:
            part.pushed(repo, refs)


__all__ = ["ArgoCD", "dialect", "seams"]
