from dataclasses import dataclass

from gitops_lab.checks import Application, RepositoryField, Sight


@dataclass(frozen=True)
class Followed:
    """The newest commit says the message, and Argo CD has synced it without being asked."""

    message: str

    def look(self, world):
        expected = f"a commit with “{self.message}”, synced since `automated` is on"
        app = Application.find(world, "shop")
        if app is None:
            return Sight(False, "there is no Application shop", expected, by_hand=True)
        if app.automated is None:
            asked = app.status.get("sync", {}).get("revision") == world.head("shop")
            asked = asked and app.sync == "Synced" and self._in_git(world)
            seen = "somebody asked for the sync" if asked else "automated sync is off"
            return Sight(False, seen, expected, by_hand=True, waits=app.waits)
        if not self._in_git(world):
            return Sight(False, f"Git does not say “{self.message}”", expected)
        last = app.history[-1] if app.history else {}
        by_itself = (last.get("initiatedBy") or {}).get("automated")
        done = last.get("revision") == world.head("shop")
        who = "by itself" if by_itself else "as somebody asked for it"
        seen = f"it is {app.state}, last synced {who}"
        return Sight(bool(done and by_itself), seen, expected, by_hand=True, waits="the sync")

    def _in_git(self, world):
        says = RepositoryField("shop", "deploy/configmap.yaml", "data.message", self.message)
        return says.look(world).passed


def test_automate(expect, parameters):
    """A commit was synced, and nobody asked"""
    expect(Followed(parameters["message"]))
