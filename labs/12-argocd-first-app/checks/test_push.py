from dataclasses import dataclass

from gitops_lab.checks import Application, Sight


@dataclass(frozen=True)
class Greets:
    """The ConfigMap says so, since Git says so, since somebody asked for a sync."""

    greeting: str

    def look(self, world):
        expected = f"the page says “{self.greeting}”, by a commit and a sync"
        text = world.repositories.read("web", "main", "deploy/configmap.yaml").decode()
        if self.greeting not in text:
            return Sight(False, "Git does not say so", expected, change="deploy/configmap.yaml")
        config = world.find("v1/ConfigMap", "web-config", "web") or {}
        said = str((config.get("data") or {}).get("message", "")).strip()
        app = Application.find(world, "web")
        if app is None:
            return Sight(False, "there is no Application web", expected, by_hand=True)
        if said == self.greeting:
            passed = app.sync == "Synced"
            seen = f"it says “{said}”, and the Application is {app.state}"
            return Sight(passed, seen, expected, by_hand=True, waits=app.waits)
        seen = f"the page says “{said}”, and the Application waits for a sync"
        return Sight(False, seen, expected, by_hand=True, waits=app.waits)


def test_push(expect, parameters):
    """The page says what Git says, by a sync"""
    expect(Greets(parameters["greeting"]))
