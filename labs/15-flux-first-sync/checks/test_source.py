from dataclasses import dataclass

from gitops_lab.checks import Both, FluxObject, FluxReady, Sight


@dataclass(frozen=True)
class InItsPlace:
    """The GitRepository is in Flux's own namespace."""

    def look(self, world):
        expected = "the GitRepository web is in the namespace flux-system"
        if FluxObject.find(world, "GitRepository", "web"):
            return Sight(True, "it is there", expected)
        stray = FluxObject.find(world, "GitRepository", "web", "web")
        seen = "it is in the namespace web" if stray else "there is no GitRepository web"
        return Sight(False, seen, expected, by_hand=True)


def test_source(expect):
    """Flux has fetched the newest commit"""
    expect(Both(InItsPlace(), FluxReady("GitRepository", "web", repo="web")))
