from dataclasses import dataclass

from gitops_lab.checks import Application, Named, Sight

WEB = Named("Deployment", "web", "shop")


@dataclass(frozen=True)
class Healed:
    """The Deployment was changed by hand since the step began, and Argo CD put it right."""

    def look(self, world):
        expected = "the Deployment web was changed by hand, and healed since `selfHeal` is on"
        app = Application.find(world, "shop")
        if not (app and app.automated and app.automated.get("selfHeal")):
            return Sight(False, "selfHeal is off", expected, by_hand=True)
        web = WEB.get(world)
        before = world.since.objects.get(WEB.key(world))
        if web is None or before is None:
            return Sight(False, f"there is no {WEB}", expected, by_hand=True, waits="the sync")
        if web["metadata"]["generation"] == before.generation:
            return Sight(False, "nothing was changed by hand", expected, by_hand=True)
        spec = web["spec"]
        image = spec["template"]["spec"]["containers"][0]["image"]
        right = spec["replicas"] == 2 and image == "gitops-lab/web:1.0"
        seen = f"it has {spec['replicas']} pods of {image}, and is {app.state}"
        passed = right and app.sync == "Synced"
        return Sight(passed, seen, expected, by_hand=True, waits="the sync")


def test_heal(expect):
    """A change by hand was put right"""
    expect(Healed())
