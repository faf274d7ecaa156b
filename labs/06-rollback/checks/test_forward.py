from dataclasses import dataclass

from gitops_lab.checks import Both, Either, Named, RunsImage, Sight, Synced, Told

WEB = Named("Deployment", "web", "shop")


@dataclass(frozen=True)
class Followed:
    """No commit is skipped any more."""

    app: str

    def look(self, world):
        skipped = (world.app(self.app).get("status") or {}).get("skipped", "")
        seen = f"{skipped[:7]} is skipped" if skipped else "no commit is skipped"
        return Sight(not skipped, seen, "no commit is skipped", "revision", app=self.app)


def test_followed(expect):
    """The cluster is as the newest commit says"""
    expect(Both(Followed("shop"), Synced("shop")))


def test_well(expect):
    """The shop runs a version that exists"""
    versions = (RunsImage(WEB, f"gitops-lab/web:{v}", app="shop") for v in ("2.0", "1.1"))
    expect(Told(Either(*versions), expected="the shop runs a version that exists: 2.0 or 1.1"))
