"""Apps that wait for other Apps: who is not ready, and who waits for itself. Pure.

The loop tells a waiting App as soon as one that it depends on has changed: nobody polls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.status import Status, SyncStatus
from gitops_lab.errors import Place

WAITING = "WaitingForDependency"
BLOCKED = frozenset({WAITING, "DependencyTimeout", "DependencyNotFound", "DependencyCycle"})
"""Reasons of an App that looks again when another one has changed."""
Needs = Mapping[str, tuple[str, ...]]
"""App id -> the ids of the Apps that it depends on."""


class Waiting(Exception):
    """Not an error: an App waits for another one, told in words."""

    def __init__(self, other: str) -> None:
        super().__init__(other)
        self.other = other


@dataclass(frozen=True)
class Peer:
    """Another App: how it stands, and which revision of which repository it reads."""

    status: Status
    repo: str
    revision: str


def unready(app: App, peer: Callable[[str], Peer | None], commit: str) -> str:
    """The first dependency that is not ready, and why, in words; "" when all are.

    One that reads the same revision of the same repository has to have come to `commit`. Raises
    AppError for one that does not exist.
    """
    for dependency in app.options.depends_on:
        other = peer(dependency.id)
        if other is None:
            raise AppError(
                f"the App depends on {dependency.id}, and there is no such App.",
                reason="DependencyNotFound",
                hint="Correct spec.dependsOn, or make that App.",
                place=Place(object=app.title, field="spec.dependsOn"),
            )
        same = (other.repo, other.revision) == (app.source.repo, app.source.revision)
        if why := _why_not(other.status, commit if same else ""):
            return f"{dependency.id}, which {why}"
    return ""


def _why_not(status: Status, revision: str) -> str:
    if status.failed:
        return f"failed ({status.reason})"
    if revision and not status.has_seen(revision):
        return f"has not come to {revision[:8]} yet"
    if status.sync is not SyncStatus.SYNCED:
        return f"is {status.sync}"
    if status.health.status is not HealthStatus.HEALTHY:
        return f"is {status.health.status}"
    return ""


def cycle(start: str, needs: Needs) -> list[str]:
    """The Apps on a way from `start` back to it, `start` first and last; [] when there is none."""
    seen: set[str] = set()

    def walk(current: str, way: list[str]) -> list[str]:
        for wanted in needs.get(current, ()):
            if wanted == start:
                return [*way, start]
            if wanted not in seen:
                seen.add(wanted)
                if found := walk(wanted, [*way, wanted]):
                    return found
        return []

    return walk(start, [start])


def refuse_cycle(app: App, needs: Needs) -> None:
    """Raises AppError that names the cycle, when the App waits for itself."""
    found = cycle(app.id, needs)
    if found:
        raise AppError(
            f"the Apps wait for each other in a circle: {' -> '.join(found)}.",
            reason="DependencyCycle",
            hint="Take one of them out of spec.dependsOn.",
            place=Place(object=app.title, field="spec.dependsOn"),
        )
