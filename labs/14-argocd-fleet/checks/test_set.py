from dataclasses import dataclass

from gitops_lab.checks import Application, ApplicationIs, Both, HasReplicas, Named, Sight

NAMES = {"in-cluster": "pages-in-cluster", "staging": "pages-staging"}


@dataclass(frozen=True)
class FromSet:
    """Each cluster has an Application that an ApplicationSet has made."""

    def look(self, world):
        expected = "an ApplicationSet has made an Application for each of the two clusters"
        for cluster, name in NAMES.items():
            app = Application.find(world, name)
            if app is None:
                seen = f"there is no Application {name}, so none for {cluster}"
                return Sight(False, seen, expected, by_hand=True, waits="the sync")
            owners = app.obj["metadata"].get("ownerReferences") or [{}]
            if owners[0].get("kind") != "ApplicationSet":
                return Sight(False, f"{name} was written by somebody", expected, by_hand=True)
            if app.problem:
                return Sight(False, f"{name}: {app.problem}", expected, by_hand=True)
            if (app.sync, app.health) != ("Synced", "Healthy"):
                seen = f"{name} is {app.state}"
                return Sight(False, seen, expected, by_hand=True, waits="the sync")
        return Sight(True, "both are Synced and Healthy", expected)


def test_set(expect):
    """One Application a cluster, and one page in each"""
    pages = [HasReplicas(Named("Deployment", "web", "pages", c), 1) for c in ("main", "staging")]
    expect(Both(FromSet(), ApplicationIs("root", health=""), *pages))
