from dataclasses import dataclass

from gitops_lab.checks import Both, FluxObject, FluxReady, Named, RunsImage, Sight

PAGE = Named("Deployment", "web", "web")


@dataclass(frozen=True)
class Wants:
    """The policy resolves to a tag."""

    tag: str

    def look(self, world):
        expected = f"the ImagePolicy web wants {self.tag}"
        sync = FluxReady("Kustomization", "images", repo="web").look(world)
        found = FluxObject.find(world, "ImagePolicy", "web")
        if found is None:
            seen = "there is no ImagePolicy web"
            return Sight(False, seen, expected, by_hand=True, waits=sync.waits)
        latest = found.status.get("latestRef") or {}
        seen = f"it wants {latest['tag']}" if latest and found.ready == "True" else found.message
        passed = latest.get("tag") == self.tag and found.ready == "True"
        return Sight(passed, seen, expected, by_hand=True, waits=sync.waits or found.waits)


def test_wanted(expect):
    """The policy wants the newest good release of version 1"""
    expect(Both(Wants("1.1.0"), FluxReady("Kustomization", "images", repo="web")))


def test_nothing_else(expect):
    """And the page runs what it ran"""
    synced = FluxReady("Kustomization", "web", repo="web")
    expect(Both(synced, RunsImage(PAGE, "gitops-lab/web:1.0.0")))
