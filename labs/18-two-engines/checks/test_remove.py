from dataclasses import dataclass

from gitops_lab.checks import Application, Both, FluxReady, Sight


@dataclass(frozen=True)
class LeftGit:
    """Git no longer has the banner."""

    def look(self, world):
        files = world.repositories.files("shop", world.head("shop"), "deploy")
        there = "banner.yaml" in files
        seen = f"the banner is {'still' if there else 'no longer'} in Git"
        return Sight(not there, seen, "no banner in Git", change="deploy/banner.yaml")


@dataclass(frozen=True)
class OneKeptIt:
    """Flux has deleted the banner, Argo CD has not, and says so."""

    def look(self, world):
        expected = "no banner in by-flux, one in by-argocd, and the Application OutOfSync"
        flux = world.find("v1/ConfigMap", "banner", "by-flux")
        argocd = world.find("v1/ConfigMap", "banner", "by-argocd")
        if argocd is None:
            seen, again = "the banner of by-argocd is gone", "Run `gitops-lab reset remove`."
            return Sight(False, seen, expected, by_hand=True, next=again)
        if flux is not None:
            return Sight(False, "there is a banner in by-flux", expected, waits="Flux to prune")
        app = Application.find(world, "shop")
        state = app.sync if app else "gone"
        seen = f"the Application is {state}"
        return Sight(state == "OutOfSync", seen, expected, waits="Argo CD to compare")


def test_remove(expect):
    """One commit, two outcomes"""
    expect(Both(LeftGit(), FluxReady("Kustomization", "shop", repo="shop"), OneKeptIt()))
