"""Ready-made checks of Flux's resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.dialects.kinds import FLUX_KINDS
from gitops_lab.kube import Object
from gitops_lab.kube.objects import condition_of

FLUX_HOME = "flux-system"


@dataclass(frozen=True)
class FluxObject:
    """A resource of Flux as it is now, for checks that look closer."""

    obj: Object

    @classmethod
    def find(
        cls, world: World, kind: str, name: str, namespace: str = FLUX_HOME
    ) -> "FluxObject | None":
        """The resource of that kind (`Kustomization`) and name, or None."""
        obj = world.find(f"{FLUX_KINDS[kind]}/{kind}", name, namespace)
        return None if obj is None else cls(obj)

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is asked for."""
        return self.obj.get("spec") or {}

    @property
    def status(self) -> Mapping[str, Any]:
        """What Flux says."""
        return self.obj.get("status") or {}

    def condition(self, kind: str) -> Mapping[str, Any]:
        """The condition of that type, empty when there is none."""
        return condition_of(self.obj, kind) or {}

    @property
    def ready(self) -> str:
        """True, False, or Unknown while Flux is at it."""
        return str(self.condition("Ready").get("status", "Unknown"))

    @property
    def message(self) -> str:
        """What it says of itself."""
        return str(self.condition("Ready").get("message", "nothing yet"))

    @property
    def revision(self) -> str:
        """What a source has fetched, or what was applied last: `main@sha1:…`; "" for nothing."""
        artifact = self.status.get("artifact") or {}
        return str(artifact.get("revision") or self.status.get("lastAppliedRevision") or "")

    @property
    def inventory(self) -> list[str]:
        """The ids of what a Kustomization keeps: `namespace_name_group_Kind`."""
        entries = (self.status.get("inventory") or {}).get("entries") or []
        return [str(entry.get("id")) for entry in entries]

    @property
    def waits(self) -> str:
        """What it is still at, in words; "" when it rests."""
        if self.spec.get("suspend"):
            return ""
        seen = self.condition("Ready").get("observedGeneration")
        behind = seen != self.obj["metadata"].get("generation")
        return "Flux" if behind or self.ready == "Unknown" else ""


@dataclass(frozen=True)
class FluxReady:
    """A resource of Flux is ready; at the newest commit of a repository's main, if one is named."""

    kind: str
    name: str
    repo: str = ""
    namespace: str = FLUX_HOME

    def look(self, world: World) -> Sight:
        """Compare the resource's status."""
        expected = f"the {self.kind} {self.name} is ready"
        found = FluxObject.find(world, self.kind, self.name, self.namespace)
        if found is None:
            return Sight(False, f"there is no {self.kind} {self.name}", expected, by_hand=True)
        if found.ready != "True":
            return Sight(False, found.message, expected, by_hand=True, waits=found.waits)
        if not self.repo and not found.revision:
            return Sight(True, "it is ready", expected, by_hand=True)
        newest = f"main@sha1:{world.head(self.repo)}" if self.repo else found.revision
        seen = f"it is at {found.revision}"
        passed = found.revision == newest
        waits = "" if passed else "Flux to see the newest commit"
        return Sight(passed, seen, f"{expected} at {newest}", by_hand=True, waits=waits)
