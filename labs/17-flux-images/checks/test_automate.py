from dataclasses import dataclass

from gitops_lab.checks import Both, FluxReady, Named, RunsImage, Sight

PAGE = Named("Deployment", "web", "web")
FLUX = "Flux"


@dataclass(frozen=True)
class WrittenByFlux:
    """A commit of Flux's own set the version that runs."""

    def look(self, world):
        expected = "a commit by Flux that sets the version"
        synced = FluxReady("Kustomization", "images", repo="web").look(world)
        written = [
            one for one in world.new_commits("web", path="deploy") if self._sets(world, one.sha)
        ]
        authors = [one.author for one in written]
        seen = f"1.1.0 was written by {authors[-1]}" if authors else "nobody has written 1.1.0"
        return Sight(FLUX in authors, seen, expected, by_hand=True, waits=synced.waits)

    def _sets(self, world, sha):
        files = world.repositories.files("web", sha, "deploy")
        return any(
            b"1.1.0" in world.repositories.read("web", sha, f"deploy/{name}") for name in files
        )


def test_commit(expect):
    """Flux has written the version to Git"""
    automated = FluxReady("ImageUpdateAutomation", "web")
    expect(Both(WrittenByFlux(), FluxReady("Kustomization", "images", repo="web"), automated))


def test_page(expect):
    """Version 1.1.0 runs, as Git says"""
    synced = FluxReady("Kustomization", "web", repo="web")
    expect(Both(synced, RunsImage(PAGE, "gitops-lab/web:1.1.0")))
