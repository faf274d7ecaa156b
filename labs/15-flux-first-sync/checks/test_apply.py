from dataclasses import dataclass

from gitops_lab.checks import Both, FluxObject, FluxReady, HasReplicas, Named, Sight

PAGE = Named("Deployment", "web", "web")


@dataclass(frozen=True)
class Keeps:
    """The page is in the Kustomization's inventory, in the namespace web, and nothing of Flux."""

    def look(self, world):
        expected = "the Kustomization keeps the page in the namespace web, and nothing else"
        sync = FluxObject.find(world, "Kustomization", "web")
        kept = sync.inventory if sync else []
        seen = f"it keeps {', '.join(kept) or 'nothing'}"
        strange = [one for one in kept if "toolkit.fluxcd.io" in one]
        passed = "web_web_apps_Deployment" in kept and not strange
        return Sight(passed, seen, expected, by_hand=True)


def test_apply(expect):
    """Flux has applied the folder"""
    expect(Both(FluxReady("Kustomization", "web", repo="web"), Keeps(), HasReplicas(PAGE, 2)))
