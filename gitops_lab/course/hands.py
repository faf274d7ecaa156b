"""Doing what a lab's answers say, as a learner would: commits in the clone, pushes, commands."""

import shlex
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.course import changes
from gitops_lab.errors import GitOpsLabError
from gitops_lab.git import Clone
from gitops_lab.git.process import learner_environment, run
from gitops_lab.lab import Action, Commit, Lab, Revert, Run
from gitops_lab.lab.changes import ChangeError, Files, changed, touched
from gitops_lab.lab.console import Command
from gitops_lab.lab.template import render
from gitops_lab.workspace import Workspace

TIMEOUT = 120.0
QUIET = {
    "GIT_EDITOR": "true",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "commit.gpgSign",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_KEY_1": "advice.detachedHead",
    "GIT_CONFIG_VALUE_1": "false",
}
"""For git in a command of a lab: nothing may open an editor or ask for a key."""
_SHELL = ["sh", "-c"]


class ActionFailed(GitOpsLabError):
    """A command of a lab failed. The message holds what it printed."""

    default_reason = "ActionFailed"


@dataclass(frozen=True)
class Done:
    """An action that was carried out: the command a human would type, and what it printed."""

    command: str
    output: str
    seconds: float


@dataclass(frozen=True)
class Hands:
    """Hands in one workspace, with the learner's parameters."""

    lab: Lab
    workspace: Workspace

    @property
    def values(self) -> Mapping[str, Any]:
        """The learner's parameters."""
        return self.workspace.parameters

    def do(self, action: Action, instead: Files | None = None) -> Done:
        """Carry out an action.

        `instead` are the repository's files as they should be then: where an edit doesn't fit what
        the learner has made of a file, the file is taken from there. Raises `ActionFailed`,
        `GitError` or `ChangeError`.
        """
        begun = time.monotonic()
        if isinstance(action, Run):
            output = self._run(action)
        elif isinstance(action, Revert):
            output = self._revert(action)
        else:
            output = self._commit(action, instead)
        return Done(command_of(action, self.values), output, time.monotonic() - begun)

    def edit(self, commit: Commit) -> None:
        """Make the changes of a commit in the clone's files, and no commit."""
        clone = self.clone(commit.repo)
        clone.write(self._written(commit, clone, None))

    def forget_branches(self) -> None:
        """Delete every branch but main, on the server and in the clones."""
        for repository in self.lab.repositories:
            clone = self.clone(repository.name)
            for branch in _branches(self.workspace.repositories.refs(repository.name)):
                _git(clone, "push", "-q", "origin", "--delete", branch)
            local = _git(clone, "for-each-ref", "--format=%(refname)", "refs/heads").split()
            for branch in _branches(local):
                _git(clone, "branch", "-q", "-D", branch)

    def clone(self, repo: str) -> Clone:
        """The learner's clone, made again when it is gone."""
        path = self.workspace.clone_dir(repo)
        clone = Clone(path)
        if clone.exists():
            return clone
        url = self.workspace.clone_url(repo)
        return Clone.clone(url, path, credentials_file=self.workspace.credentials_file)

    def _commit(self, commit: Commit, instead: Files | None) -> str:
        clone = self.clone(commit.repo)
        before = clone.branch() or "main"
        if commit.branch != before:
            _git(clone, "checkout", "-q", "-B", commit.branch)
        try:
            clone.write(self._written(commit, clone, instead))
            sha = clone.commit_all(render(commit.message, self.values))
            if commit.push:
                clone.push()
        finally:
            if commit.branch != before:
                _git(clone, "checkout", "-q", before)
        patch = _git(clone, "show", "--format=", "--unified=0", "--no-prefix", "--no-color", sha)
        head = f"[{commit.branch} {sha[:7]}] {render(commit.message, self.values)}"
        return "\n".join([head, *(f"  {line}" for line in changes.told(patch))])

    def _written(
        self, commit: Commit, clone: Clone, instead: Files | None
    ) -> dict[str, bytes | str | None]:
        files = files_in(clone.path)
        try:
            after = changed(self.lab, commit, files, self.values)
        except ChangeError:
            if instead is None:
                raise
            names = touched(self.lab, commit, self.values)
            after = {name: content for name, content in files.items() if name not in names}
            after |= {name: instead[name] for name in names if name in instead}
        written: dict[str, bytes | str | None] = {
            name: content for name, content in after.items() if files.get(name) != content
        }
        return written | {name: None for name in files if name not in after}

    def _revert(self, revert: Revert) -> str:
        clone = self.clone(revert.repo)
        output = _git(clone, "revert", "--no-edit", "HEAD")
        clone.push()
        return output.strip()

    def _run(self, action: Run) -> str:
        argv = [render(word, self.values) for word in action.argv]
        told = shlex.join(argv)
        try:
            done = subprocess.run(
                argv,
                cwd=self._folder(action.repo),
                env={**self.workspace.environment(), **QUIET},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        except OSError as error:
            raise ActionFailed(f"`{told}` can't be started: {error.strerror}.") from error
        except subprocess.TimeoutExpired as error:
            raise ActionFailed(f"`{told}` did not end within {TIMEOUT:.0f} s.") from error
        output = done.stdout.decode(errors="replace").strip()
        if done.returncode:
            raise ActionFailed(f"`{told}` failed with exit code {done.returncode}: {output}")
        return output

    def _folder(self, repo: str) -> Path:
        name = repo or next((entry.name for entry in self.lab.repositories), "")
        return self.clone(name).path if name else Path.cwd()


def only_looks(action: Action, values: Mapping[str, Any]) -> bool:
    """Whether nothing has to settle after an action."""
    if not isinstance(action, Run):
        return False
    return Command(" ".join(render(word, values) for word in action.argv), 0).looks


def command_of(action: Action, values: Mapping[str, Any]) -> str:
    """An action as a human would type it."""
    if isinstance(action, Run):
        words = [render(word, values) for word in action.argv]
        return words[2] if words[:2] == _SHELL and len(words) == 3 else shlex.join(words)
    if isinstance(action, Revert):
        return "git revert --no-edit HEAD && git push"
    push = " && git push" if action.push else ""
    return f"git commit -a -m {shlex.quote(render(action.message, values))}{push}"


def files_in(folder: Path) -> Files:
    """The files of a working clone, without git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts
    }


def _branches(refs: Iterable[str]) -> list[str]:
    """The names of all branches but main."""
    heads = "refs/heads/"
    return [r.removeprefix(heads) for r in refs if r.startswith(heads) and r != f"{heads}main"]


def _git(clone: Clone, *arguments: str) -> str:
    environment = {**learner_environment(), **QUIET}
    return run(arguments, cwd=clone.path, env=environment).decode(errors="replace")
