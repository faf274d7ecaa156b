from dataclasses import dataclass

from gitops_lab.checks import FLUX_HOME, Application, Both, Sight

SHOP = "apps/v1/Deployment"
GIT = (1, "gitops-lab/web:1.0")
BY_HAND = "Change the Deployment shop with kubectl"


def state(world, namespace):
    """How many pods of which image are asked for."""
    shop = world.find(SHOP, "shop", namespace) or {}
    spec = shop.get("spec") or {"replicas": 0, "template": {"spec": {"containers": [{}]}}}
    return spec["replicas"], spec["template"]["spec"]["containers"][0].get("image")


@dataclass(frozen=True)
class HealedByFlux:
    """In by-flux a change by hand was there, and is gone."""

    def look(self, world):
        expected = "by-flux as Git says, after a change by hand"
        pods, image = state(world, "by-flux")
        if (pods, image) != GIT:
            seen, ask = f"by-flux has {pods} pods of {image}", "Ask Flux to look now."
            return Sight(False, seen, expected, by_hand=True, next=ask)
        events = world.told(FLUX_HOME)
        told = "Deployment/by-flux/shop configured"
        passed = any(told in str(event.get("message")) for event in events)
        seen = "Flux took a change back" if passed else "Flux had nothing to take back in by-flux"
        return Sight(passed, seen, expected, by_hand=True, next=f"{BY_HAND} in by-flux.")


@dataclass(frozen=True)
class LeftByArgoCD:
    """In by-argocd a change by hand is there, and Argo CD says so."""

    def look(self, world):
        expected = "a change by hand in by-argocd, and the Application OutOfSync"
        if world.find(SHOP, "shop", "by-argocd") is None:
            back = "Run `gitops-lab reset drift`."
            return Sight(False, "by-argocd has no Deployment", expected, by_hand=True, next=back)
        if state(world, "by-argocd") == GIT:
            seen = "by-argocd is as Git says"
            return Sight(False, seen, expected, by_hand=True, next=f"{BY_HAND} in by-argocd.")
        app = Application.find(world, "shop")
        seen = f"the Application is {app.sync if app else 'gone'}"
        return Sight(seen.endswith("OutOfSync"), seen, expected, waits="Argo CD to compare")


def test_drift(expect):
    """One took the change back, one reports it"""
    expect(Both(LeftByArgoCD(), HealedByFlux()))
