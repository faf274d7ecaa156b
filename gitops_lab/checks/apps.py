"""Ready-made checks of apps: what the engine says, and what happened since the step began."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gitops_lab.checks.baseline import Stood
from gitops_lab.checks.objects import Named
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World, count_of, key_of, managed
from gitops_lab.errors import GitOpsLabError


@dataclass(frozen=True)
class Synced:
    """The cluster is as a revision of the app's repository says; the newest one by default."""

    app: str
    revision: str = ""

    def look(self, world: World) -> Sight:
        """Compare the engine's revision and verdict with the repository."""
        app = world.app(self.app)
        if app is None:
            return no_app(self.app)
        source = app["spec"]["source"]
        wanted = world.head(source["repo"], self.revision or source.get("revision", "main"))
        sync = (app.get("status") or {}).get("sync") or {}
        seen = f"{sync.get('status', 'Unknown')} at {short(sync.get('revision', ''))}"
        passed = sync.get("status") == "Synced" and sync.get("revision") == wanted
        return Sight(passed, seen, f"Synced at {short(wanted)}", app=self.app)


@dataclass(frozen=True)
class Healthy:
    """Everything that the app manages is well."""

    app: str

    def look(self, world: World) -> Sight:
        """Read the app's health."""
        app = world.app(self.app)
        if app is None:
            return no_app(self.app)
        health = (app.get("status") or {}).get("health") or {}
        status, message = health.get("status", "Unknown"), health.get("message", "")
        seen = f"{status}: {message}" if message else status
        waits = "the rollout" if status == "Progressing" else ""
        passed = str(status).startswith("Healthy")
        return Sight(passed, seen, "Healthy", app=self.app, waits=waits)


@dataclass(frozen=True)
class Manages:
    """The app made an object from Git and keeps it."""

    app: str
    object: Named

    def look(self, world: World) -> Sight:
        """Look for the object among those the engine lists."""
        app = world.app(self.app)
        if app is None:
            return no_app(self.app)
        wanted = key_of(self.object.kind, self.object.name, self.object.namespace)
        mine = wanted in {entry.key for entry in managed(app)}
        there = self.object.get(world) is not None
        seen = "Git manages it" if mine else "it is there, and Git does not mention it"
        if not there:
            seen = f"there is no {self.object}"
        return Sight(mine and there, seen, f"{self.object} comes from Git", app=self.app)


class Drift(Enum):
    """What came of a change by hand: none was made, it still stands, or it was taken back."""

    NONE = "none"
    OPEN = "open"
    HEALED = "healed"


@dataclass(frozen=True)
class DriftHealed:
    """Somebody changed an object by hand since the step began, and the engine took it back.

    Deleted and made again, the object has another uid. Changed and changed back, the engine has
    told of it (event Healed), or the spec has changed twice more (`metadata.generation`) than
    there were commits.
    """

    app: str
    object: Named
    deleted: bool = False

    def look(self, world: World) -> Sight:
        """Compare the object with how it stood when the step began."""
        app = world.app(self.app)
        if app is None:
            return no_app(self.app)
        act = "deleted" if self.deleted else "changed"
        expected = f"{self.object} was {act} by hand since this step began, and is back as in Git"
        obj = self.object.get(world)
        if obj is None:
            missing = f"there is no {self.object}"
            return Sight(False, missing, expected, app=self.app, waits="the engine to make it")
        drift = self._drift(world, app, Stood.of(obj))
        if drift is Drift.NONE:
            return Sight(False, self._untouched(), expected, next=self._do(), by_hand=True)
        if app["spec"].get("suspend"):
            seen = f"the app {self.app} is suspended: nobody looks whether it is as in Git"
            resume = f"Resume it: `gitops-lab app resume {self.app}`."
            return Sight(False, seen, expected, next=resume, by_hand=True)
        status = ((app.get("status") or {}).get("sync") or {}).get("status")
        if drift is Drift.OPEN or status != "Synced":
            seen = "it was changed by hand, and is not back as in Git"
            return Sight(False, seen, expected, app=self.app, waits="the engine to heal it")
        return Sight(True, f"it was {act} by hand, and is back as in Git", expected, app=self.app)

    def _drift(self, world: World, app: Mapping[str, Any], after: Stood) -> Drift:
        before = world.since.objects.get(self.object.key(world))
        if before is None or before.uid != after.uid:
            return Drift.HEALED
        if self.deleted:
            return Drift.NONE
        changes = after.generation - before.generation - _commits(world, app)
        if changes >= 2 or self._told(world):
            return Drift.HEALED
        return Drift.OPEN if changes == 1 else Drift.NONE

    def _told(self, world: World) -> bool:
        key = key_of(self.object.kind, self.object.name, self.object.namespace)
        return any(
            f"{key}:" in event.get("message", "")
            and count_of(event) > world.since.healed.get(event["metadata"]["name"], 0)
            for event in world.healings(self.app)
        )

    def _do(self) -> str:
        act = "Delete" if self.deleted else "Change"
        return f"{act} it with kubectl, and not in Git."

    def _untouched(self) -> str:
        if self.deleted:
            return "it is still the same object as when this step began"
        return "nobody has changed it by hand since this step began"


@dataclass(frozen=True)
class HistoryContains:
    """Since the step began the engine deployed a commit whose file holds a text.

    The commit has to be in the branch still: undone by another commit, not erased.
    """

    app: str
    file: str
    pattern: str
    what: str

    def look(self, world: World) -> Sight:
        """Look through the app's history, and for the commit in the branch."""
        app = world.app(self.app)
        if app is None:
            return no_app(self.app)
        expected = f"{self.what} was deployed since this step began, and Git still tells of it"
        source = app["spec"]["source"]
        found = next(self._deployed(world, app, source["repo"]), "")
        if not found:
            seen = f"{self.what} was not deployed since this step began"
            next_step = f"Release {self.what} by a commit, push, and let the engine see it."
            return Sight(False, seen, expected, "commit", next_step, app=self.app)
        branch = world.repositories.log(source["repo"], source.get("revision", "main"), 1000)
        if found not in {commit.sha for commit in branch}:
            seen = f"the commit {short(found)} was deployed, and is gone from the branch"
            return Sight(False, seen, expected, "revision", app=self.app)
        return Sight(True, f"deployed with {short(found)}", expected, app=self.app)

    def _deployed(self, world: World, app: Mapping[str, Any], repo: str) -> Iterator[str]:
        for revision in revisions(app, after=world.since.history.get(self.app, 0)):
            try:
                text = world.repositories.read(repo, revision, self.file).decode(errors="replace")
            except GitOpsLabError:
                continue
            if re.search(self.pattern, text):
                yield revision


def revisions(app: Mapping[str, Any], after: int = 0) -> list[str]:
    """The commits that the engine deployed, as its history tells, after an entry of it."""
    history = (app.get("status") or {}).get("history") or []
    return [str(e.get("revision", "")) for e in history if int(e.get("id", 0)) > after]


def short(sha: str) -> str:
    """Seven digits, as git shows it."""
    return sha[:7] or "no commit"


def no_app(name: str) -> Sight:
    """What is seen where an app should be and isn't."""
    return Sight(
        False,
        f"there is no GitOpsApp {name}",
        f"a GitOpsApp {name}",
        next="Run `gitops-lab reset`: it brings back what the lab started with.",
    )


def _commits(world: World, app: Mapping[str, Any]) -> int:
    """How many commits the app's branch has grown by; 0 when that can't be told."""
    source = app["spec"]["source"]
    branch = source.get("revision", "main")
    return len(world.new_commits(source["repo"], branch))
