from dataclasses import dataclass

from gitops_lab.checks import Both, FluxObject, FluxReady, HasField, Named, RunsImage, Sight

PAGE = Named("Deployment", "web", "web")


@dataclass(frozen=True)
class PushesElsewhere:
    """The automation pushes to a branch that is not main."""

    def look(self, world):
        expected = "Flux pushes its commits to a branch of its own"
        synced = FluxReady("Kustomization", "images", repo="web").look(world)
        found = FluxObject.find(world, "ImageUpdateAutomation", "web")
        git = (found.spec if found else {}).get("git") or {}
        branch = (git.get("push") or {}).get("branch") or "main"
        seen = f"Flux pushes to {branch}"
        return Sight(branch != "main", seen, expected, by_hand=True, waits=synced.waits)


@dataclass(frozen=True)
class MergedFromFlux:
    """Flux's commit with the version is in main, and a human brought it there."""

    version: str

    def look(self, world):
        expected = f"Flux's commit to {self.version} is in main"
        waiting = FluxReady("Kustomization", "images", repo="web").look(world)
        refs = [ref for ref in world.repositories.refs("web") if ref.startswith("refs/heads/")]
        branches = {ref.removeprefix("refs/heads/") for ref in refs} - {"main"}
        made = [name for name in sorted(branches) if self._is_ahead(world, name)]
        if self._by_flux(world, "main") and self._is_said(world):
            return Sight(True, "it is in main", expected)
        seen = f"it is on {made[0]}, and not in main" if made else "Flux has not made it"
        return Sight(False, seen, expected, by_hand=True, waits="" if made else waiting.waits)

    def _is_said(self, world):
        files = world.repositories.files("web", "main", "deploy")
        texts = [world.repositories.read("web", "main", f"deploy/{name}") for name in files]
        return any(self.version.encode() in text for text in texts)

    def _is_ahead(self, world, branch):
        merged = {commit.sha for commit in world.repositories.log("web", "main")}
        log = world.repositories.log("web", branch)
        return any(self._is_meant(commit) and commit.sha not in merged for commit in log)

    def _by_flux(self, world, branch):
        return any(self._is_meant(commit) for commit in world.new_commits("web", branch))

    def _is_meant(self, commit):
        return commit.author == "Flux" and self.version in commit.subject


def test_branch(expect):
    """Flux proposes, on a branch of its own"""
    expect(Both(PushesElsewhere(), FluxReady("Kustomization", "images", repo="web")))


def test_merged(expect):
    """You have merged what it proposed, and version 2.0.0 runs"""
    expect(MergedFromFlux("2.0.0"))
    policy = Named("image.toolkit.fluxcd.io/v1/ImagePolicy", "web", "flux-system")
    wanted = HasField(policy, "status.latestRef.tag", "2.0.0")
    expect(Both(FluxReady("ImagePolicy", "web"), wanted))
    synced = FluxReady("Kustomization", "web", repo="web")
    expect(Both(synced, RunsImage(PAGE, "gitops-lab/web:2.0.0")))
