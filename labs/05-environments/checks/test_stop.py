from dataclasses import dataclass

from gitops_lab.checks import Either, HistoryContains, Named, RunsImage, Sight, Told

BAD = r"newTag:\s*[\"']?1\.2\b"
DEV = Named("Deployment", "web", "shop", "dev")
RELEASED = HistoryContains("shop-dev", "overlays/dev/kustomization.yaml", BAD, "version 1.2")


@dataclass(frozen=True)
class NeverInProd:
    """No commit that the engine has deployed to prod since the step began asked for 1.2."""

    def look(self, world):
        file = "overlays/prod/kustomization.yaml"
        found = HistoryContains("shop-prod", file, BAD, "version 1.2").look(world)
        seen = "it was there" if found.passed else "prod never heard of it"
        return Sight(not found.passed, seen, "version 1.2 never was in prod", "commit")


def test_released(expect):
    """Version 1.2 was released to dev, and Git still tells of it"""
    expect(RELEASED)


def test_well(expect):
    """Dev is well again"""
    versions = (RunsImage(DEV, f"gitops-lab/web:{v}", app="shop-dev") for v in ("1.1", "2.0"))
    expect(Told(Either(*versions), expected="dev runs a version that gets ready: 1.1 or 2.0"))


def test_prod(expect):
    """Version 1.2 never was in prod"""
    expect(NeverInProd())
