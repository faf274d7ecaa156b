"""Ready-made checks of Flux's HelmReleases, which a Kustomization applies from a repository."""

from dataclasses import dataclass

from gitops_lab.checks.flux import FluxObject, FluxReady
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World

_FLUX = "Flux"


@dataclass(frozen=True)
class Delivery:
    """How a HelmRelease comes into the cluster: by a Kustomization, from a repository's main."""

    repo: str
    sync: str
    namespace: str

    def release(self, world: World, name: str) -> FluxObject | None:
        """The HelmRelease of that name, or None."""
        return FluxObject.find(world, "HelmRelease", name, self.namespace)

    def waits(self, world: World, name: str = "") -> str:
        """What Flux is still at before a HelmRelease can be judged; "" when it rests."""
        newest = f"main@sha1:{world.head(self.repo)}"
        source = FluxObject.find(world, "GitRepository", self.repo)
        sync = FluxObject.find(world, "Kustomization", self.sync)
        if source is None or sync is None or source.revision != newest:
            return _FLUX
        if sync.status.get("lastAttemptedRevision") != newest or sync.waits:
            return _FLUX
        found = self.release(world, name) if name else None
        return "" if found is None or _rests(found) else _FLUX

    def events(self, world: World, name: str) -> set[str]:
        """The reasons of all events on a HelmRelease since the step began."""
        return {
            str(event.get("reason"))
            for event in world.told(self.namespace)
            if event["involvedObject"].get("kind") == "HelmRelease"
            and event["involvedObject"].get("name") == name
        }


@dataclass(frozen=True)
class HelmReleased:
    """A HelmRelease is ready, helm has its release deployed, and Git says so.

    That is: the Kustomization that brings it has applied the newest commit.
    """

    name: str
    by: Delivery

    def look(self, world: World) -> Sight:
        """Compare its status with the Secret that helm wrote."""
        expected = f"the HelmRelease {self.name} is ready, with a release that helm knows"
        found = self.by.release(world, self.name)
        waits = self.by.waits(world, self.name)
        if found is None:
            seen = f"there is no HelmRelease {self.name}"
            return Sight(False, seen, expected, by_hand=True, waits=waits)
        if found.ready != "True":
            return Sight(False, found.message, expected, by_hand=True, waits=waits)
        latest = found.status["history"][0]
        secret = f"sh.helm.release.v1.{latest['name']}.v{latest['version']}"
        known = world.find("v1/Secret", secret, str(found.status.get("storageNamespace")))
        passed = known is not None and latest["status"] == "deployed" and not waits
        seen = f"revision {latest['version']} is {latest['status']}"
        applied = FluxReady("Kustomization", self.by.sync, repo=self.by.repo).look(world)
        if passed and not applied.passed:
            return applied
        return Sight(passed, seen, expected, by_hand=True, waits=waits)


def _rests(found: FluxObject) -> bool:
    seen = found.status.get("observedGeneration")
    working = found.condition("Reconciling").get("status") == "True"
    waiting = found.condition("Ready").get("reason") == "DependencyNotReady"
    return (seen == found.obj["metadata"].get("generation") and not working) or waiting
