from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from gitops_lab.checks import Sight
from gitops_lab.checks.repositories import read

FILES = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS")


def fits(pattern, path):
    """Whether a pattern is about a file, as forges read CODEOWNERS."""
    folder = pattern.removesuffix("/**").strip("/")
    names, parts = folder.split("/"), path.split("/")
    if len(names) == 1 and not pattern.startswith("/"):
        return any(fnmatchcase(part, folder) for part in parts)
    if names[-1] == "*" and len(names) != len(parts):  # the files of a folder, none below it
        return False
    return len(names) <= len(parts) and all(map(fnmatchcase, parts, names))


@dataclass(frozen=True)
class OwnedBy:
    """Exactly these have to agree to a change of a file."""

    path: str
    owners: frozenset

    def look(self, world):
        expected = f"{self.path} belongs to {self._told(self.owners)}"
        text = next(filter(None, (read(world, "platform", "main", f) for f in FILES)), "")
        found = frozenset()
        for line in text.splitlines():
            words = line.partition("#")[0].split()
            if words and fits(words[0], self.path):
                found = frozenset(words[1:])
        passed = found == self.owners
        seen = f"it belongs to {self._told(found)}"
        return Sight(passed, seen, expected, "" if passed else "commit", change="CODEOWNERS")

    def _told(self, owners):
        return " and ".join(sorted(owners)) or "nobody"


@pytest.mark.parametrize("team", ["shop", "blog"])
def test_team(expect, parameters, team):
    """Each team owns its overlay, alone"""
    owner = frozenset({f"@{parameters[team]}"})
    for file in ("kustomization.yaml", "settings.yaml", "later/new.yaml"):
        expect(OwnedBy(f"{team}/{file}", owner))


def test_base(expect):
    """The base, and the list of owners itself, belong to the platform team"""
    for file in ("base/settings.yaml", "base/later/new.yaml", "CODEOWNERS"):
        expect(OwnedBy(file, frozenset({"@platform"})))
