from dataclasses import dataclass

from gitops_lab.checks import Application, Sight


@dataclass(frozen=True)
class Pruned:
    """The ConfigMap sale has left Git and the cluster, and leaving is allowed."""

    def look(self, world):
        expected = "sale has left Git, and Argo CD has pruned it, since `prune` is on"
        if "deploy/sale.yaml" in world.repositories.files("shop", "main"):
            return Sight(False, "deploy/sale.yaml is in Git", expected, change="deploy/sale.yaml")
        app = Application.find(world, "shop")
        prune = bool(app and app.automated and app.automated.get("prune"))
        there = world.find("v1/ConfigMap", "sale", "shop") is not None
        if not prune:
            seen = "it requires pruning, and `prune` is off" if there else "it was deleted by hand"
            return Sight(False, seen, expected, by_hand=True, waits=app.waits if app else "")
        seen = "the ConfigMap sale is there" if there else "it is gone"
        return Sight(not there, seen, expected, by_hand=True, waits="the sync")


def test_prune(expect):
    """What has left Git has left the cluster"""
    expect(Pruned())
