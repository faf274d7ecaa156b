"""Ready-made checks of what Git holds."""

import re
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.objects import MISSING, field_of, told
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls


@dataclass(frozen=True)
class RepositoryContains:
    """A file of a repository's branch holds a text, given as a regular expression."""

    repo: str
    file: str
    pattern: str
    what: str
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Read the file as the Git server has it."""
        expected = f"{self.file} on {self.branch} holds {self.what}"
        text = read(world, self.repo, self.branch, self.file)
        if text is None:
            return _missing(self.branch, self.file, expected)
        found = re.search(self.pattern, text, re.MULTILINE) is not None
        seen = "it does" if found else f"{self.file} on {self.branch} does not"
        return Sight(found, seen, expected, "" if found else "commit", change=self.file)


@dataclass(frozen=True)
class RepositoryField:
    """A field in a YAML file of a repository's branch has a value."""

    repo: str
    file: str
    path: str
    value: Any
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Read the first document of the file."""
        expected = f"{self.path} in {self.file} on {self.branch} is {told(self.value)}"
        text = read(world, self.repo, self.branch, self.file)
        if text is None:
            return _missing(self.branch, self.file, expected)
        try:
            documents = yamls.load_all(text, file=self.file)
        except yamls.YamlError as error:
            return Sight(False, error.paragraph(), expected, "render")
        value = field_of(documents[0].obj if documents else None, self.path)
        seen = "it is not set" if value is MISSING else f"it is {told(value)}"
        passed = value == self.value
        return Sight(passed, seen, expected, "" if passed else "commit", change=self.file)


@dataclass(frozen=True)
class Committed:
    """The branch has grown by a commit since the step began; one that touched `file` if given."""

    repo: str
    file: str = ""
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Compare the branch with how it stood."""
        about = f" to {self.file}" if self.file else ""
        expected = f"a new commit{about} on {self.branch} since this step began"
        found = next(iter(world.new_commits(self.repo, self.branch, self.file)), None)
        if found is None:
            return Sight(False, f"no new commit{about} on {self.branch}", expected, "commit")
        return Sight(True, f"{found.short} {found.subject}", expected)


def _missing(branch: str, file: str, expected: str) -> Sight:
    return Sight(False, f"{branch} has no file {file}", expected, "commit", change=file)


def read(world: World, repo: str, branch: str, file: str) -> str | None:
    """A file as the Git server has it, or None."""
    try:
        return world.repositories.read(repo, branch, file).decode(errors="replace")
    except GitOpsLabError:
        return None
