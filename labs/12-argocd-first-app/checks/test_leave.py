from dataclasses import dataclass

from gitops_lab.checks import Answers, Application, Both, Named, Sight, Untouched


@dataclass(frozen=True)
class Left:
    """The Application is gone, and the page is not."""

    def look(self, world):
        expected = "the Application is gone, and the page runs on"
        page = world.find("apps/v1/Deployment", "web", "web")
        if page is None or "deletionTimestamp" in page["metadata"]:
            return Sight(False, "the page is gone", expected, by_hand=True)
        if Application.find(world, "web") is not None:
            return Sight(False, "the Application is there", expected, by_hand=True)
        ready = (page.get("status") or {}).get("readyReplicas", 0)
        return Sight(ready > 0, f"{ready} pods serve the page", expected, waits="the rollout")


def test_leave(expect):
    """The Application is gone, the page is not"""
    page = Untouched(Named("Deployment", "web", "web"), spec=True)
    expect(Both(Left(), page, Answers("web", "web")))
