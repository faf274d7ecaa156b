from dataclasses import dataclass

from gitops_lab.checks import FLUX_HOME, Both, FluxReady, HasReplicas, Named, Sight

HEALED = "Deployment/web/web configured"
PAGE = Named("Deployment", "web", "web")


@dataclass(frozen=True)
class Healed:
    """Somebody changed the page by hand, and Flux wrote it as Git says when it looked again."""

    def look(self, world):
        expected = "the page as Git says, written by Flux after a change by hand"
        page = world.find("apps/v1/Deployment", "web", "web") or {}
        spec = page.get("spec") or {"replicas": 0, "template": {"spec": {"containers": [{}]}}}
        image = spec["template"]["spec"]["containers"][0].get("image")
        if (spec["replicas"], image) != (2, "gitops-lab/web:1.0"):
            seen = f"{spec['replicas']} pods of {image}, as set by hand"
            return Sight(False, seen, expected, by_hand=True)
        events = world.told(FLUX_HOME)
        passed = any(HEALED in str(event.get("message")) for event in events)
        seen = "Flux took a change back" if passed else "Flux had nothing to take back"
        return Sight(passed, seen, expected, by_hand=True)


def test_drift(expect):
    """A change by hand was there, and was taken back"""
    expect(Both(Healed(), FluxReady("Kustomization", "web", repo="web"), HasReplicas(PAGE, 2)))
