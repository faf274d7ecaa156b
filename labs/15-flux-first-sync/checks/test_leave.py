from dataclasses import dataclass

from gitops_lab.checks import Answers, Both, FluxObject, HasReplicas, Named, Sight

PAGE = Named("Deployment", "web", "web")


@dataclass(frozen=True)
class Left:
    """The Kustomization is gone, and the page is not."""

    def look(self, world):
        expected = "the Kustomization is gone, and the page runs on"
        page = PAGE.get(world)
        if page is None or "deletionTimestamp" in page["metadata"]:
            return Sight(False, "the page is gone", expected, by_hand=True)
        there = FluxObject.find(world, "Kustomization", "web") is not None
        seen = f"the Kustomization is {'there' if there else 'gone'}"
        return Sight(not there, seen, expected, by_hand=True)


def test_leave(expect):
    """The Kustomization is gone, the page is not"""
    expect(Both(Left(), HasReplicas(PAGE, 2), Answers("web", "web")))
