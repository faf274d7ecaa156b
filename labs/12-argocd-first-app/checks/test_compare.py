from dataclasses import dataclass

from gitops_lab.checks import Application, Sight


@dataclass(frozen=True)
class Compared:
    """Argo CD has compared `deploy` with the namespace `web`, and synced nothing."""

    def look(self, world):
        expected = "the Application web is OutOfSync and Missing"
        app = Application.find(world, "web")
        if app is None:
            stray = Application.find(world, "web", "web") is not None
            seen = "it is in another namespace" if stray else "there is no Application web"
            return Sight(False, seen, expected, by_hand=True)
        if app.problem:
            return Sight(False, app.problem, expected, by_hand=True)
        if app.automated is not None or app.history:
            return Sight(False, "it was synced already", expected, by_hand=True)
        about = (app.spec.get("destination") or {}).get("namespace", "no namespace")
        if about != "web":
            seen = f"the Application is about {about}"
            return Sight(False, seen, "the Application is about the namespace web", by_hand=True)
        passed = (app.sync, app.health) == ("OutOfSync", "Missing")
        waits = "" if app.sync else "Argo CD to compare"
        return Sight(passed, f"it is {app.state}", expected, by_hand=True, waits=waits)


def test_compare(expect):
    """Argo CD has compared, and done nothing"""
    expect(Compared())
