from dataclasses import dataclass

from gitops_lab.checks import Answers, Both, Delivery, HelmReleased, Sight

BY = Delivery("shop", "releases", "shop")


@dataclass(frozen=True)
class WaitsForSettings:
    """The page's HelmRelease depends on the settings'."""

    def look(self, world):
        expected = "the HelmRelease web waits for settings"
        waits = BY.waits(world)
        found = BY.release(world, "web")
        if found is None:
            seen = "there is no HelmRelease web"
            return Sight(False, seen, expected, by_hand=True, waits=waits)
        named = [one["name"] for one in found.spec.get("dependsOn") or []]
        seen = f"it waits for {', '.join(named) or 'nobody'}"
        return Sight("settings" in named, seen, expected, by_hand=True, waits=waits)


def test_waits(expect):
    """The page waits for its settings"""
    expect(WaitsForSettings())


def test_page(expect, parameters):
    """The page is released, and says what the settings say"""
    says = Answers("web", "shop", fields={"message": parameters["greeting"]})
    expect(Both(HelmReleased("web", BY), says))
