from dataclasses import dataclass

from gitops_lab.checks import Application, ApplicationIs, Both, HasReplicas, Named, Sight
from gitops_lab.kube.objects import annotations_of

TRACKED = "argocd.argoproj.io/tracking-id"


@dataclass(frozen=True)
class Made:
    """The Application shop was made by the Application root, from Git."""

    def look(self, world):
        expected = "the Application root has made the Application shop, from Git"
        files = world.repositories.files("fleet", "main", "apps")
        texts = [world.repositories.read("fleet", "main", f"apps/{f}").decode() for f in files]
        app = Application.find(world, "shop")
        if not any("name: shop" in text for text in texts):
            seen = "it is in the cluster, and Git knows nothing of it" if app else "Git has no shop"
            return Sight(False, seen, expected, change="a file in apps")
        if app is None:
            return Sight(False, "there is no Application shop", expected, waits="the sync")
        owner = annotations_of(app.obj).get(TRACKED, "").partition(":")[0]
        seen = f"{owner or 'somebody'} has made it"
        return Sight(owner == "root", seen, expected, waits="the sync")


def test_made(expect):
    """An Application from Git"""
    root = ApplicationIs("root", health="")
    page = HasReplicas(Named("Deployment", "web", "shop"), 1)
    expect(Both(Made(), root, ApplicationIs("shop"), page))
