from dataclasses import dataclass

from gitops_lab.checks import Application, Sight


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
            return Sight(False, "there is no Application shop", expected, by_hand=True)
        if world.find("v1/ConfigMap", "banner", "by-argocd"):
            seen = "the banner is there, and the Application has not pruned it"
            return Sight(False, seen, expected, by_hand=True, waits=app.waits)
        if not pruned(app):
            seen = "the banner was deleted, and not by a sync"
            return Sight(False, seen, expected, by_hand=True)
        passed = app.sync == "Synced"
        return Sight(passed, f"the Application is {app.sync}", expected, waits="Argo CD")


def test_prune(expect):
    """Argo CD has pruned, too"""
    expect(PrunedByArgoCD())
