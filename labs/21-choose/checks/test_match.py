from dataclasses import dataclass

import pytest

from gitops_lab.checks import Sight
from gitops_lab.checks.repositories import read
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls

FILE = "decision.yaml"
DECIDES = {
    "browser": "argocd",
    "many": "argocd",
    "releases": "flux",
    "sops": "flux",
    "accounts": "flux",
    "images": "flux",
}
OPEN = ("drift", "kustomize", "clusters")
NOT_GITOPS = ("once", "outside", "seconds")


@dataclass(frozen=True)
class Decided:
    """A team's engine follows from its needs, and the reason is one of them."""

    team: str
    needs: tuple

    def look(self, world):
        expected = f"an engine for {self.team} that does what it needs, and the need that decides"
        try:
            document = yamls.load(read(world, "shop", "main", FILE) or "", file=FILE)
        except GitOpsLabError as error:
            return Sight(False, error.paragraph(), expected, "commit", change=FILE)
        entry = (document or {}).get(self.team) or {}
        engine, because = str(entry.get("engine")), str(entry.get("because"))
        if seen := self._objection(engine, because):
            return Sight(False, seen, expected, "commit", change=FILE)
        return Sight(True, f"{engine}, {because}", expected)

    def _objection(self, engine, because):
        if engine not in ("argocd", "flux", "none"):
            return f"{self.team} has no engine: {engine}"
        if because not in self.needs:
            return f"{because} is no need of {self.team}"
        if because in NOT_GITOPS:
            return "" if engine == "none" else f"nothing is to be kept there, and yet {engine}"
        if engine == "none":
            return f"{self.team} has something to keep, and no engine"
        deciding = [need for need in self.needs if need in DECIDES]
        if deciding and because not in deciding:
            return f"both engines do {because}, so that does not decide"
        if deciding and DECIDES[because] != engine:
            return f"{engine} alone does not do {because}"
        return ""


@pytest.mark.parametrize("team", ["amber", "cyan", "slate"])
def test_team(expect, parameters, team):
    """Each team has what it needs, and the reason is told"""
    needs = {
        "amber": (parameters["need"], "drift", "kustomize"),
        "cyan": OPEN,
        "slate": (parameters["odd"],),
    }
    expect(Decided(team, needs[team]))
