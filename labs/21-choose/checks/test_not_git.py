from dataclasses import dataclass

from gitops_lab.checks import Both, HasReplicas, Healthy, Named, Sight, Synced
from gitops_lab.checks.objects import owners
from gitops_lab.checks.repositories import read

WEB = Named("Deployment", "web", "shop")
FILE = "deploy/deployment.yaml"


@dataclass(frozen=True)
class LeftOut:
    """No file says how many pods there are, so that whoever scales may."""

    def look(self, world):
        expected = "Git says nothing of the number of pods"
        names = [n for n in world.repositories.files("shop", "main") if n.startswith("deploy/")]
        for name in names:
            if "replicas" in (read(world, "shop", "main", name) or ""):
                return Sight(False, f"{name} says replicas", expected, "commit", change=name)
        return Sight(True, "it doesn't", expected)


@dataclass(frozen=True)
class NotOurs:
    """The engine doesn't own the field."""

    def look(self, world):
        expected = "spec.replicas belongs to whoever scales"
        deployment = WEB.get(world)
        if deployment is None:
            return Sight(False, f"there is no {WEB}", expected, app="shop")
        found = sorted({manager for manager, _ in owners(deployment, "spec.replicas")})
        seen = f"it belongs to {', '.join(found) or 'nobody'}"
        return Sight("gitops-lab" not in found, seen, expected, by_hand=True)


def test_left_out(expect):
    """Git leaves the number of pods to the autoscaler"""
    expect(Both(LeftOut(), Synced("shop")))


def test_stays(expect, parameters):
    """What the autoscaler asked for stays"""
    expect(Both(HasReplicas(WEB, parameters["pods"], app="shop"), NotOurs(), Healthy("shop")))
