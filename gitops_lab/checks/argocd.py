"""Ready-made checks of Argo CD's Applications."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of

APPLICATION = "argoproj.io/v1alpha1/Application"
_REFRESH = "argocd.argoproj.io/refresh"


@dataclass(frozen=True)
class Application:
    """An Application as it is now, for checks that look closer."""

    obj: Object

    @classmethod
    def find(cls, world: World, name: str, namespace: str = "argocd") -> "Application | None":
        """The Application of that name, or None."""
        obj = world.find(APPLICATION, name, namespace)
        return None if obj is None else cls(obj)

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is asked for."""
        return self.obj.get("spec") or {}

    @property
    def status(self) -> Mapping[str, Any]:
        """What Argo CD says."""
        return self.obj.get("status") or {}

    @property
    def sync(self) -> str:
        """Synced, OutOfSync or Unknown; "" before the first comparison."""
        return str((self.status.get("sync") or {}).get("status", ""))

    @property
    def health(self) -> str:
        """Healthy, Missing, Degraded and so on; "" before the first look."""
        return str((self.status.get("health") or {}).get("status", ""))

    @property
    def state(self) -> str:
        """Both in words."""
        return f"{self.sync or 'not compared'} and {self.health or 'not judged'}"

    @property
    def problem(self) -> str:
        """What its first condition complains of, or "" when there is none."""
        conditions = self.status.get("conditions") or [{}]
        return str(conditions[0].get("message", ""))

    @property
    def history(self) -> list[Mapping[str, Any]]:
        """The syncs that went well, oldest first."""
        return list(self.status.get("history") or [])

    @property
    def operation(self) -> Mapping[str, Any]:
        """How the last sync went: phase, message, the operation itself."""
        return self.status.get("operationState") or {}

    @property
    def automated(self) -> Mapping[str, Any] | None:
        """What happens without asking; None when nothing does."""
        found = (self.spec.get("syncPolicy") or {}).get("automated")
        if not isinstance(found, Mapping) or not found.get("enabled", True):
            return None
        return found

    @property
    def waits(self) -> str:
        """What it is still at, in words; "" when it rests."""
        running = self.operation.get("phase") in ("Running", "Terminating")
        if running or self.obj.get("operation") or _REFRESH in annotations_of(self.obj):
            return "the sync"
        return "the rollout" if self.health == "Progressing" else ""


@dataclass(frozen=True)
class ApplicationIs:
    """An Application of Argo CD is in this state, after a sync of its own.

    `sync` and `health` as `kubectl get applications` shows them; "" means any.
    """

    name: str
    sync: str = "Synced"
    health: str = "Healthy"
    namespace: str = "argocd"

    def look(self, world: World) -> Sight:
        """Compare the Application's status."""
        wanted = " and ".join(filter(None, (self.sync, self.health)))
        expected = f"the Application {self.name} was synced, and is {wanted}"
        app = Application.find(world, self.name, self.namespace)
        if app is None:
            return Sight(False, f"there is no Application {self.name}", expected, by_hand=True)
        fits = self.sync in ("", app.sync) and self.health in ("", app.health)
        if app.problem and not fits:
            return Sight(False, app.problem, expected, by_hand=True)
        if app.operation.get("phase") in ("Failed", "Error") and not fits:
            seen = f"the last sync failed: {app.operation.get('message', '')}"
            return Sight(False, seen, expected, by_hand=True, waits=app.waits)
        if not app.history:
            seen = f"nothing was synced by the Application {self.name}"
            return Sight(False, seen, expected, by_hand=True, waits=app.waits)
        waits = app.waits if not fits else ""
        return Sight(fits, f"it is {app.state}", expected, by_hand=True, waits=waits)
