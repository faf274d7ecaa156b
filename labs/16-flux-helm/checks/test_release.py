from dataclasses import dataclass

from gitops_lab.checks import Delivery, HelmReleased, Sight

BY = Delivery("shop", "releases", "shop")


@dataclass(frozen=True)
class Says:
    """The ConfigMap says it, and a HelmRelease wrote it."""

    message: str

    def look(self, world):
        expected = f"the settings say “{self.message}”, released by Flux"
        settings = world.find("v1/ConfigMap", "settings", "shop")
        waits = BY.waits(world, "settings")
        if settings is None:
            return Sight(False, "there are no settings", expected, by_hand=True, waits=waits)
        owner = (settings["metadata"].get("labels") or {}).get("helm.toolkit.fluxcd.io/name")
        said = settings["data"]["message"]
        seen = f"they say “{said}”, released by {owner or 'somebody else'}"
        passed = (said, owner) == (self.message, "settings")
        return Sight(passed, seen, expected, by_hand=True, waits=waits)


def test_ready(expect):
    """The settings are released"""
    expect(HelmReleased("settings", BY))


def test_message(expect, parameters):
    """They say what they should"""
    expect(Says(parameters["greeting"]))
