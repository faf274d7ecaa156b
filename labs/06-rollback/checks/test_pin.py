from dataclasses import dataclass

from gitops_lab.checks import Named, RepositoryContains, RunsImage, Sight

WEB = Named("Deployment", "web", "shop")
FILE = "deploy/deployment.yaml"


@dataclass(frozen=True)
class Skipped:
    """The engine leaves the newest commit out, on purpose."""

    app: str

    def look(self, world):
        status = world.app(self.app).get("status") or {}
        head = world.head("shop")
        text = world.repositories.read("shop", status.get("revision") or head, FILE).decode()
        image = next(line.split()[-1] for line in text.splitlines() if "image:" in line)
        passed = bool(head) and status.get("skipped") == head
        seen = f"it skips {head[:7]}" if passed else f"it deploys {image}"
        return Sight(passed, seen, "the engine skips the newest commit", "revision", app=self.app)


def test_bad(expect):
    """Git still asks for version 2.1"""
    expect(RepositoryContains("shop", FILE, r"web:2\.1\b", "version 2.1"))


def test_skipped(expect):
    """The engine skips that commit"""
    expect(Skipped("shop"))


def test_well(expect):
    """The shop runs version 1.1"""
    expect(RunsImage(WEB, "gitops-lab/web:1.1", app="shop"))
