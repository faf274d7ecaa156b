"""Ready-made checks of what Git holds."""

import re
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.apps import revisions
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
            return missing(self.branch, self.file, expected)
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
            return missing(self.branch, self.file, expected)
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


@dataclass(frozen=True)
class RepositoryLacks:
    """No file of that path, or below that folder, is on a branch."""

    repo: str
    path: str
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Look through the names of the branch's files."""
        expected = f"{self.branch} has no {self.path}"
        try:
            names = world.repositories.files(self.repo, self.branch)
        except GitOpsLabError as error:
            return Sight(False, error.message, expected, "revision")
        found = [n for n in names if n == self.path or n.startswith(f"{self.path}/")]
        seen = f"{self.branch} has {found[0]}" if found else expected
        return Sight(not found, seen, expected, "commit" if found else "", change=self.path)


@dataclass(frozen=True)
class TouchedOnly:
    """Every commit since the step began kept to some files or folders, and there was one."""

    repo: str
    paths: tuple[str, ...]
    branch: str = "main"

    def look(self, world: World) -> Sight:
        """Count the commits that touched something else."""
        told = " and ".join(self.paths)
        expected = f"new commits on {self.branch} that touch {told} and nothing else"
        new = world.new_commits(self.repo, self.branch)
        if not new:
            return Sight(False, f"no new commit on {self.branch}", expected, "commit")
        before = world.since.heads.get(self.repo, {}).get(f"refs/heads/{self.branch}", "")
        for name in _differing(world, self.repo, before, self.branch):
            if not any(name == path or name.startswith(f"{path}/") for path in self.paths):
                undo = f"Take the change of {name} back by a new commit."
                return Sight(False, f"{name} was changed as well", expected, "commit", undo)
        return Sight(True, f"{len(new)} commits, all in {told}", expected)


@dataclass(frozen=True)
class BranchMerged:
    """A branch was pushed, and all its commits are in another one."""

    repo: str
    branch: str
    into: str = "main"

    def look(self, world: World) -> Sight:
        """Look for the branch's head among the commits of the other."""
        expected = f"the branch {self.branch} is merged into {self.into}"
        head = world.head(self.repo, self.branch)
        if not head:
            return Sight(False, f"there is no branch {self.branch}", expected, "commit")
        merged = head in {c.sha for c in world.repositories.log(self.repo, self.into, 1000)}
        seen = f"{self.branch} is {'' if merged else 'not '}in {self.into}"
        do = "" if merged else f"Merge {self.branch} into {self.into}, and push."
        return Sight(merged, seen, expected, "" if merged else "revision", do)


@dataclass(frozen=True)
class Tagged:
    """A commit that the app has deployed bears a tag."""

    repo: str
    app: str

    def look(self, world: World) -> Sight:
        """Compare the repository's tags with the app's history."""
        expected = f"a tag on a commit that the app {self.app} has deployed"
        refs = world.repositories.refs(self.repo)
        tags = [ref.removeprefix(_TAGS) for ref in refs if ref.startswith(_TAGS)]
        if not tags:
            return Sight(False, f"{self.repo} has no tag", expected, "commit", _PUSH_TAG)
        app = world.app(self.app)
        deployed = set(revisions(app)) if app else set()
        for tag in tags:
            if world.head(self.repo, tag) in deployed:
                return Sight(True, f"{tag} names a deployed commit", expected)
        seen = f"{', '.join(tags)} names a commit that was never deployed"
        return Sight(False, seen, expected, "revision", "Tag the commit that is deployed.")


_TAGS = "refs/tags/"
_PUSH_TAG = "Make a tag and push it: `git tag NAME`, `git push origin NAME`."


def _differing(world: World, repo: str, before: str, after: str) -> list[str]:
    """The files that differ between two commits."""
    old, new = (set(world.repositories.files(repo, at)) if at else set() for at in (before, after))
    both = (n for n in old & new if read(world, repo, before, n) != read(world, repo, after, n))
    return sorted({*(old ^ new), *both})


def missing(branch: str, file: str, expected: str) -> Sight:
    """What is seen where a file should be and isn't."""
    return Sight(False, f"{branch} has no file {file}", expected, "commit", change=file)


def read(world: World, repo: str, branch: str, file: str) -> str | None:
    """A file as the Git server has it, or None."""
    try:
        return world.repositories.read(repo, branch, file).decode(errors="replace")
    except GitOpsLabError:
        return None
