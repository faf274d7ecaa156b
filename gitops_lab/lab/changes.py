"""What a commit of a lab does to the files of a repository; and each step's starting point."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.errors import Place, UsageError
from gitops_lab.lab import template
from gitops_lab.lab.model import Action, Commit, Lab, Revert

Files = dict[str, bytes]
Repositories = dict[str, Files]


class ChangeError(UsageError):
    """A commit of a lab doesn't fit the files it is meant for."""

    default_reason = "ChangeDoesNotFit"


def seeds(lab: Lab, values: Mapping[str, Any]) -> Repositories:
    """The files of each repository as the lab starts. Raises `TemplateError`."""
    return {
        repository.name: template.folder(lab.folder / repository.seed, values, file=repository.seed)
        for repository in lab.repositories
    }


def changed(lab: Lab, commit: Commit, files: Files, values: Mapping[str, Any]) -> Files:
    """The files after a commit; those it was given are untouched.

    First the folder is laid over them, then edits, then deletions. Raises `ChangeError` when an
    edit's text isn't there exactly once or a file to delete is missing.
    """
    after = dict(files)
    if commit.files:
        after |= template.folder(lab.folder / commit.files, values, file=commit.files)
    for edit in commit.edits:
        name = template.render(edit.file, values)
        find, put = (template.render(text, values) for text in (edit.find, edit.put))
        after[name] = _edited(after.get(name), name, find, put)
    for name in (template.render(name, values) for name in commit.delete):
        if name not in after:
            raise _misfit(name, "there is no such file to delete")
        del after[name]
    if after == files:
        raise _misfit(commit.repo, f"the commit `{commit.message}` changes nothing")
    return after


def starts(lab: Lab, values: Mapping[str, Any]) -> Iterator[tuple[str, Repositories]]:
    """For each step its id and every repository's files when the step begins.

    That is the seed, changed by the solutions of the steps before it. Commands are not followed.
    """
    state = seeds(lab, values)
    for step in lab.steps:
        yield step.id, {name: dict(files) for name, files in state.items()}
        state = after(lab, step.solution, state, values)


def touched(lab: Lab, commit: Commit, values: Mapping[str, Any]) -> set[str]:
    """The files that a commit writes, edits or deletes."""
    names = {template.render(edit.file, values) for edit in commit.edits}
    names |= {template.render(name, values) for name in commit.delete}
    if commit.files:
        names |= set(template.folder(lab.folder / commit.files, values, file=commit.files))
    return names


def after(
    lab: Lab, actions: tuple[Action, ...], state: Repositories, values: Mapping[str, Any]
) -> Repositories:
    """The repositories after some actions, as far as they go to the main branch."""
    follow = Follower(lab, state, values)
    for action in actions:
        follow(action)
    return follow.state


@dataclass
class Follower:
    """Follows actions in memory, so that a lab can be judged before anything runs."""

    lab: Lab
    state: Repositories
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.state = dict(self.state)
        self._before: dict[str, list[Files]] = {}

    def __call__(self, action: Action) -> None:
        """Take one action. Raises `ChangeError` or `TemplateError`."""
        if isinstance(action, Commit):
            files = self.state.get(action.repo, {})
            after = changed(self.lab, action, files, self.values)
            if action.branch == "main" and action.push:
                self._before.setdefault(action.repo, []).append(files)
                self.state[action.repo] = after
        elif isinstance(action, Revert):
            stack = self._before.get(action.repo)
            if not stack:
                raise _misfit(action.repo, "there is no commit of this list to take back")
            self.state[action.repo] = stack.pop()


def _edited(content: bytes | None, name: str, find: str, put: str) -> bytes:
    if content is None:
        raise _misfit(name, "there is no such file to edit")
    count = content.count(find.encode())
    if count != 1:
        raise _misfit(name, f"`{find}` stands there {count} times, not once")
    return content.replace(find.encode(), put.encode())


def _misfit(name: str, what: str) -> ChangeError:
    return ChangeError(f"{what}.", place=Place(name), hint="Correct the change in lab.yaml.")
