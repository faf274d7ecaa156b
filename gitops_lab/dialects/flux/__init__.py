"""Flux: its sources, its Kustomizations and Helm releases, as its controllers serve them.

Flux looks again after an interval and not when something changes, so each of its kinds has a
controller of its own (`dialects.controller`) which uses the engine's stages: sources, rendering,
health. A package a group; `_GROUPS` names them.
"""

import contextlib
import importlib
import logging
from collections.abc import Sequence
from typing import cast

from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.flux.clusters import introduce
from gitops_lab.dialects.flux.events import Announcer
from gitops_lab.dialects.flux.fronts import fronts
from gitops_lab.dialects.flux.part import Context, Group, Part
from gitops_lab.dialects.flux.storage import Storage
from gitops_lab.engine.front import Front
from gitops_lab.engine.loop import Loop
from gitops_lab.kube import Object
from gitops_lab.kube.errors import AlreadyExists

log = logging.getLogger(__name__)
_GROUPS = ("source", "kustomize", "charts", "helm", "oci", "images", "notify")

_HOME: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}}


def dialect(timing: str = "lab") -> "Flux":
    """The dialect; `timing` is the workspace's."""
    return Flux()


class Flux:
    """Flux's groups together; see `dialects.dialect.Dialect`."""

    name = "flux"

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def definitions(self) -> Sequence[Object]:
        """All CustomResourceDefinitions of Flux that are served."""
        return [definition for group in _groups() for definition in group.definitions()]

    def fronts(self, world: World) -> Sequence[Front]:
        """To be read: Flux heals on its interval, which the loop of Apps does not."""
        return fronts(world.home, world.repo_of, world.home_name)

    def start(self, world: World, loop: Loop) -> None:
        """Start the controllers of all groups; their namespace is made if it is missing."""
        with contextlib.suppress(AlreadyExists):
            world.home.create(_HOME)
        if world.kubeconfig is not None:
            introduce(world.home, world.kubeconfig, world.home_name)
        announcer = Announcer(world.home)
        context = Context(world, world.home, announcer, Storage(world.state))
        self._parts = [group.part(context) for group in _groups()]
        for part in self._parts:
            for one in part.runs:
                one.start()

    def stop(self) -> None:
        """End them; the last that was started first."""
        for part in reversed(self._parts):
            for one in reversed(part.runs):
                one.stop()
        self._parts = []

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """Tell those who follow pushes, which is timing `lab`; Flux itself would poll."""
        for part in self._parts:
            part.pushed(repo, refs)


def _groups() -> list[Group]:
    return [cast(Group, importlib.import_module(f"{__name__}.{name}")) for name in _GROUPS]
