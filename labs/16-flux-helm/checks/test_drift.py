from dataclasses import dataclass

from gitops_lab.checks import Both, Delivery, HelmReleased, Sight

BY = Delivery("shop", "releases", "shop")


@dataclass(frozen=True)
class Corrected:
    """Somebody changed the release by hand, and Flux took that back."""

    def look(self, world):
        expected = "what the chart says, corrected by Flux after a change by hand"
        waits = BY.waits(world, "web")
        page = world.find("apps/v1/Deployment", "web", "shop") or {}
        pods = (page.get("spec") or {}).get("replicas", 0)
        if pods != 1:
            seen = f"there are {pods} pods, as set by hand"
            return Sight(False, seen, expected, by_hand=True, waits=waits)
        found = BY.release(world, "web")
        detection = (found.spec if found else {}).get("driftDetection") or {}
        if detection.get("mode") != "enabled":
            return Sight(False, "no drift is corrected", expected, by_hand=True, waits=waits)
        passed = "DriftCorrected" in BY.events(world, "web")
        seen = "it was corrected" if passed else "no drift was corrected"
        return Sight(passed, seen, expected, by_hand=True, waits=waits)


def test_corrected(expect):
    """A change by hand was there, and was taken back"""
    expect(Both(Corrected(), HelmReleased("web", BY)))
