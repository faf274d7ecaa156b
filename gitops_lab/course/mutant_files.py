"""Ways to spoil what a solution leaves in the repositories. Nothing runs here."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gitops_lab.course.mutant import (
    Mutant,
    as_it_stands,
    misspelt,
    said,
    with_near_value,
    with_other_value,
)
from gitops_lab.lab import Action, Commit, Edit, Lab, Revert, Run
from gitops_lab.lab.changes import Files, Follower, Repositories
from gitops_lab.lab.template import render

Actions = tuple[Action, ...]
YAML = (".yaml", ".yml")
_TAGS = re.compile(r"\bgit tag (?:-\w+ (?:'[^']*' |\"[^\"]*\" )?)*([\w][\w./-]*)")
_PUSHES = re.compile(r"\bgit commit\b.*\bgit push\b", re.DOTALL)
_COMMITTED = "git diff --name-only --diff-filter=AM HEAD~1 HEAD"
_PUSH = "git commit --quiet --all --message 'Spoil it' && git push --quiet"


@dataclass(frozen=True)
class Change:
    """A file that a solution touches, as it is at the end, and the lines that it says itself."""

    repo: str
    file: str
    text: str
    added: tuple[str, ...]

    @property
    def is_yaml(self) -> bool:
        """Whether it can be broken as YAML."""
        return self.file.endswith(YAML)


def changes(
    lab: Lab, solution: Actions, before: Repositories, values: Mapping[str, Any]
) -> list[Change]:
    """What a solution has changed at its end, or on the way to it."""
    states, follow = [before], Follower(lab, before, values)
    for action in solution:
        follow(action)
        states.append(dict(follow.state))
    return [each for repo in states[-1] for each in _changed(repo, states)]


def _changed(repo: str, states: list[Repositories]) -> Iterator[Change]:
    for name, content in states[-1][repo].items():
        others = {state.get(repo, Files()).get(name, b"") for state in states} - {content}
        if not others or b"\0" in content:
            continue
        text = content.decode(errors="replace")
        lines = said(text.splitlines()) if name.endswith(YAML) else text.splitlines()
        versions = [set(other.decode(errors="replace").splitlines()) for other in others]
        added = (line for line in lines if not all(line in version for version in versions))
        once = (line for line in added if text.count(line) == 1 and _means(line))
        yield Change(repo, name, text, tuple(once))


def _means(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def other_values(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A line of YAML with another value."""
    return _lines(solution, found, with_other_value)


def near_values(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A line of YAML with a value that is easily taken for the right one."""
    return _lines(solution, found, with_near_value)


def misspelt_keys(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A line of YAML with its key misspelt."""
    return _lines(solution, found, misspelt)


def _lines(
    solution: Actions, found: list[Change], spoilt: Callable[[str], str]
) -> Iterator[Mutant]:
    for change in (each for each in found if each.is_yaml):
        for line in change.added:
            if put := spoilt(line):
                name = f"{change.file}: `{put.strip()}` for `{line.strip()}`"
                yield Mutant(name, behind(solution, change.repo, edited(change, line, put)))


def lines_gone(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A line is missing."""
    for change in found:
        for line in change.added:
            edit = edited(change, f"{line}\n" if f"{line}\n" in change.text else line, "")
            name = f"{change.file}: without `{line.strip()}`"
            yield Mutant(name, behind(solution, change.repo, edit))


def files_spoiled(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A file is deleted, or no longer YAML."""
    for change in found:
        gone = Commit(change.repo, "Spoil it", delete=(change.file,))
        yield Mutant(f"{change.file} deleted", behind(solution, change.repo, gone))
        first = next((line for line in change.added), "")
        if first and change.is_yaml:
            broken = edited(change, first, f"{first}\n]: [")
            name = f"{change.file} no longer YAML"
            yield Mutant(name, behind(solution, change.repo, broken))


def files_renamed(solution: Actions, found: list[Change]) -> Iterator[Mutant]:
    """A file has another name, which nobody reads."""
    for change in found:
        script = f"git mv '{change.file}' '{change.file}.old' && {_PUSH}"
        spoil = Run(("sh", "-c", as_it_stands(script)), change.repo)
        yield Mutant(f"{change.file} renamed", behind(solution, change.repo, spoil))


def pushed_by_scripts(solution: Actions, values: Mapping[str, Any]) -> set[str]:
    """The repositories to which commands of a solution commit and push."""
    return {action.repo for action in _scripts(solution, values)}


def _scripts(solution: Actions, values: Mapping[str, Any]) -> Iterator[Run]:
    for action in solution:
        if isinstance(action, Run) and _PUSHES.search(told_of(action, values)):
            yield action


def told_of(action: Run, values: Mapping[str, Any]) -> str:
    """A command in one line."""
    return " ".join(render(word, values) for word in action.argv)


def scripts_spoiled(solution: Actions, values: Mapping[str, Any]) -> Iterator[Mutant]:
    """What a script has committed is taken back, erased, deleted, emptied or renamed."""
    for action in _scripts(solution, values):
        each = f"for file in $({_COMMITTED}); do"
        ways = {
            "reverted": "git revert --no-edit HEAD && git push --quiet",
            "erased by force": "git reset --quiet --hard HEAD~1 && git push --quiet --force",
            "what it committed deleted": f'{each} git rm -q "$file"; done; {_PUSH}',
            "what it committed emptied": f'{each} : > "$file"; done; {_PUSH}',
            "what it committed renamed": f'{each} git mv "$file" "$file.old"; done; {_PUSH}',
        }
        for name, script in ways.items():
            spoil = Run(("sh", "-c", as_it_stands(script)), action.repo)
            yield Mutant(name, (*solution, spoil))


def tags_moved(solution: Actions, values: Mapping[str, Any]) -> Iterator[Mutant]:
    """A tag is deleted, on another commit, a branch instead, or left behind by a later commit."""
    for action in solution:
        if not isinstance(action, Run):
            continue
        match = _TAGS.search(" ".join(render(word, values) for word in action.argv))
        if match is None:
            continue
        tag = match[1]
        branch = f"git push --quiet origin :refs/tags/{tag} HEAD:refs/heads/{tag}"
        ways = {
            "deleted": f"git push --quiet origin :refs/tags/{tag}",
            "on the commit before": f"git tag -f {tag} HEAD~1 && git push -qf origin {tag}",
            "a branch instead": branch,
            "left behind": "git commit -q --allow-empty -m 'Spoil it' && git push --quiet",
            "on what is no longer there": "git commit -q --amend -m 'Spoil it' && git push -qf",
        }
        for name, script in ways.items():
            spoil = Run(("sh", "-c", script), action.repo)
            clean = Run(("sh", "-c", f"git tag -d {tag}; true"), action.repo)
            gone = Run(("sh", "-c", f"git push -q origin :refs/tags/{tag}; true"), action.repo)
            yield Mutant(f"the tag {tag} {name}", (*solution, spoil), (clean, gone))


def reverts_spoiled(solution: Actions) -> Iterator[Mutant]:
    """What is taken back is so on this disk alone, by erasing, or twice."""
    for at, action in enumerate(solution):
        if not isinstance(action, Revert):
            continue
        alone = Run(("git", "revert", "--no-edit", "HEAD"), action.repo)
        yield Mutant("the revert not pushed", (*solution[:at], alone, *solution[at + 1 :]))
        script = "git reset --quiet --hard HEAD~1 && git push --quiet --force"
        erased = Run(("sh", "-c", script), action.repo)
        yield Mutant("erased and not reverted", (*solution[:at], erased, *solution[at + 1 :]))
        twice = (*solution[: at + 1], replace(action), *solution[at + 1 :])
        yield Mutant("the revert reverted", twice)


def behind(solution: Actions, repo: str, spoil: Action) -> Actions:
    """The solution with one more action after its last commit there; commands come after that."""
    last = max(
        (n for n, each in enumerate(solution, 1) if each.repo == repo and _commits(each)),
        default=len(solution),
    )
    return (*solution[:last], spoil, *solution[last:])


def _commits(action: Action) -> bool:
    return isinstance(action, Commit | Revert)


def edited(change: Change, find: str, put: str) -> Commit:
    """A commit that replaces a text in a file."""
    edit = Edit(change.file, as_it_stands(find), as_it_stands(put))
    return Commit(change.repo, "Spoil it", edits=(edit,))
