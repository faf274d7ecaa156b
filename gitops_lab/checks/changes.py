"""Being told when something changes that a check may look at, so that nobody has to look in vain.

Objects are watched through the API; the repositories' branches by the times of their files, which
costs microseconds.
"""

import queue
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from gitops_lab.checks.world import World, managed
from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.kube import Informer, Object
from gitops_lab.kube.client import Client

CALM = 0.02
"""Seconds that a burst of changes is given to end, before the checks look."""
BURST = 5 * CALM
"""Seconds after which they look though it goes on."""
LOOK = 0.05
"""Seconds between two looks at the branches' files."""
ALWAYS = (
    (API_VERSION, KIND),
    ("v1", "ConfigMap"),
    ("v1", "Event"),
    ("v1", "Pod"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
    ("argoproj.io/v1alpha1", "Application"),
    ("argoproj.io/v1alpha1", "ApplicationSet"),
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
)


class Changes:
    """Follows a workspace from `start` to `stop`. What stands at the start counts as a change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ending = ExitStack()
        self._ended = threading.Event()

    def start(self) -> Self:
        """Begin to follow; returns at once."""
        for cluster in self._world.place.clusters:
            client = self._world.client(cluster)
            for api_version, kind in _kinds(self._world, client):
                informer = Informer(
                    client,
                    api_version,
                    kind,
                    on_event=lambda *_, k=kind: self._seen.put(k),
                    keep=_bare,
                )
                informer.start()
                self._ending.callback(informer.stop)
        self._ending.callback(self._ended.set)
        threading.Thread(target=self._follow_branches, daemon=True).start()
        return self

    def stop(self) -> None:
        """End it; nothing is told any more."""
        self._ending.close()

    def wait(self, seconds: float) -> bool:
        """Wait for a change and for the burst around it to calm down; False when none came."""
        try:
            self._seen.get(timeout=seconds)
        except queue.Empty:
            return False
        end = time.monotonic() + BURST
        while time.monotonic() < end:
            try:
                self._seen.get(timeout=CALM)
            except queue.Empty:
                break
        return True

    def _follow_branches(self) -> None:
        repositories = self._world.repositories
        places = [repositories.path(name) for name in repositories.names()]
        before = [_times(place) for place in places]
        while not self._ended.wait(LOOK):
            now = [_times(place) for place in places]
            if now != before:
                before = now
                self._seen.put("branch")


def _bare(obj: Object) -> Object:
    """What tells one version of an object from another: no more is kept of what is watched."""
    told = ("namespace", "name", "resourceVersion")
    kept = {key: obj["metadata"][key] for key in told if key in obj["metadata"]}
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": kept}


def _kinds(world: World, client: Client) -> list[tuple[str, str]]:
    """What a check may look at: the usual kinds, and every kind that an app manages."""
    kinds = dict.fromkeys(ALWAYS)
    for app in world.apps():
        kinds |= dict.fromkeys((entry.api_version, entry.key.kind) for entry in managed(app))
    served = {(r.group, r.version, r.kind) for r in client.resources()}
    found = []
    for api_version, kind in kinds:
        group, _, version = api_version.rpartition("/")
        if (group, version, kind) in served:
            found.append((api_version, kind))
    return found


def _times(place: Path) -> list[tuple[str, int]]:
    """When the branches and tags of a bare repository changed."""
    files = [place / "packed-refs", *(place / "refs").rglob("*")]
    found = []
    for file in files:
        try:
            found.append((str(file), file.stat().st_mtime_ns))
        except OSError:  # there is none, or a branch is being replaced
            continue
    return sorted(found)
