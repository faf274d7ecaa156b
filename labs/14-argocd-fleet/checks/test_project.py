from dataclasses import dataclass

from gitops_lab.checks import Application, ApplicationIs, Both, Sight


@dataclass(frozen=True)
class Fenced:
    """The Application visitor is of the project team, and refused by it."""

    def look(self, world):
        expected = "the project team refuses what visitor wants"
        if world.find("argoproj.io/v1alpha1/AppProject", "team", "argocd") is None:
            return Sight(False, "there is no AppProject team", expected, waits="the sync")
        app = Application.find(world, "visitor")
        if app is None:
            return Sight(False, "there is no Application visitor", expected, waits="the sync")
        if app.spec.get("project") != "team":
            return Sight(False, "visitor is of another project", expected, waits="the sync")
        kinds = [one.get("type") for one in app.status.get("conditions") or ()]
        refused = "InvalidSpecError" in kinds
        seen = app.problem if refused else "the project permits what visitor wants"
        return Sight(refused, seen, expected, by_hand=not refused, waits=app.waits)


@dataclass(frozen=True)
class Works:
    """The Application web is of the project team, and works."""

    def look(self, world):
        expected = "web is of the project team, and works"
        app = Application.find(world, "web")
        if app is None or app.spec.get("project") != "team":
            return Sight(False, "web is of another project", expected, waits="the sync")
        if app.problem:
            return Sight(False, f"web is refused: {app.problem}", expected, by_hand=True)
        return ApplicationIs("web").look(world)


def test_project(expect):
    """The project lets the page be, and refuses the visitor"""
    expect(Both(Works(), Fenced(), ApplicationIs("root", health="")))
