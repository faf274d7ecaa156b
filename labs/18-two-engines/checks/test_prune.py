from dataclasses import dataclass

from gitops_lab.checks import Application, Sight

RESET = "Run `gitops-lab reset prune`."


def pruned(app):
    """Whether the last sync deleted the banner."""
    rows = (app.operation.get("syncResult") or {}).get("resources") or []
    return any(row.get("name") == "banner" and row.get("status") == "Pruned" for row in rows)


@dataclass(frozen=True)
class PrunedByArgoCD:
    """The banner is gone from by-argocd, and a sync of Argo CD's did it."""

    def look(self, world):
        expected = "the banner of by-argocd pruned by a sync, and the Application Synced"
        app = Application.find(world, "shop")
        if app is None:
            seen = "there is no Application shop"
            return Sight(False, seen, expected, by_hand=True, next=RESET)
        if world.find("v1/ConfigMap", "banner", "by-argocd"):
            seen = "the banner is there, and the Application has not pruned it"
            ask = "Ask Argo CD for a sync that may prune."
            return Sight(False, seen, expected, by_hand=True, next=ask, waits=app.waits)
        if not pruned(app):
            seen = "the banner was deleted, and not by a sync"
            return Sight(False, seen, expected, by_hand=True, next=RESET)
        passed = app.sync == "Synced"
        return Sight(passed, f"the Application is {app.sync}", expected, waits="Argo CD")


def test_prune(expect):
    """Argo CD has pruned, too"""
    expect(PrunedByArgoCD())
