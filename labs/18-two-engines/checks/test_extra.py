from dataclasses import dataclass

from gitops_lab.checks import FLUX_HOME, Application, Both, HasReplicas, Named, Sight

KEYS = {"currency"}
ADD = "Add a key with kubectl to the ConfigMap settings of"


def keys(world, namespace):
    """What the settings have."""
    settings = world.find("v1/ConfigMap", "settings", namespace) or {}
    return set(settings.get("data") or {})


@dataclass(frozen=True)
class Heals:
    """Argo CD takes changes back now."""

    def look(self, world):
        expected = "the Application heals, and is Synced"
        app = Application.find(world, "shop")
        if app is None or not (app.automated or {}).get("selfHeal"):
            seen, switch = (
                "the Application doesn't heal",
                "Set selfHeal in its syncPolicy.automated.",
            )
            return Sight(False, seen, expected, by_hand=True, next=switch)
        return Sight(app.sync == "Synced", f"it is {app.sync}", expected, waits="Argo CD")


@dataclass(frozen=True)
class OneKeptTheKey:
    """A key that Git never had is in one ConfigMap, and was taken out of the other."""

    def look(self, world):
        expected = "one more key in the settings of by-argocd, taken out of those of by-flux"
        if keys(world, "by-argocd") <= KEYS:
            seen = "the settings of by-argocd have no key that Git doesn't know"
            return Sight(False, seen, expected, by_hand=True, next=f"{ADD} by-argocd.")
        left = keys(world, "by-flux")
        if left != KEYS:
            still = "the settings of by-flux still have the key"
            seen = still if left else "the settings of by-flux are gone"
            return Sight(False, seen, expected, by_hand=True, next="Ask Flux to look now.")
        events = world.told(FLUX_HOME)
        told = "ConfigMap/by-flux/settings configured"
        passed = any(told in str(event.get("message")) for event in events)
        seen = "Flux took it out" if passed else "Flux had no key to take out in by-flux"
        return Sight(passed, seen, expected, by_hand=True, next=f"{ADD} by-flux, then ask Flux.")


def test_extra(expect):
    """What Git never had: one leaves it, one removes it"""
    expect(Both(Heals(), HasReplicas(Named("Deployment", "shop", "by-argocd"), 1), OneKeptTheKey()))
