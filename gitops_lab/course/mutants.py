"""Ways to break a step's solved state, generated from its solution: each should turn it red.

A check that stays green for one of them looks at too little. Nothing runs here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from typing import Any

from gitops_lab.course.mutant import Mutant, as_it_stands, named, said, with_other_value
from gitops_lab.course.mutant_commands import (
    handed_in_otherwise,
    looks,
    other_words,
    pieces_left_out,
    suspend,
    touched,
)
from gitops_lab.lab import Action, Commit, Edit, Lab, Revert, Run, Step
from gitops_lab.lab.changes import Files, Repositories, after
from gitops_lab.lab.template import render

MOST = 10
_TIMEOUT = re.compile(r"--timeout=\d\d+s")
_FETCHES = re.compile(r"\bgit (fetch|pull)\b")
_CHANGES = re.compile(r"\bgit (add|commit|merge|push|rebase|reset|revert|tag)\b|\bkubectl\b|>")


def mutants(lab: Lab, step: Step, before: Repositories, values: Mapping[str, Any]) -> list[Mutant]:
    """Ten at most, of as many kinds as the solution allows. `before` is where the step starts."""
    solution = step.solution
    solved = after(lab, solution, before, values)
    changed = list(_changed(before, solved))
    kinds: tuple[Iterable[Mutant], ...] = (
        _instead(solution),
        _left_out(solution, values),
        _other_values(solution, changed),
        _lines_gone(solution, changed),
        _by_hand(lab, solution, changed, values),
        touched(lab, solution, solved, values),
        other_words(lab, solution, solved, values),
        handed_in_otherwise(solution, before, solved, values),
        pieces_left_out(solution, values),
        _files_spoiled(solution, changed),
        _taken_back(solution, before, solved),
    )
    rows = zip_longest(*kinds)
    found = {m.name: m for m in chain.from_iterable(rows) if m is not None}
    return [_impatient(mutant) for mutant in islice(found.values(), MOST)]


def _impatient(mutant: Mutant) -> Mutant:
    """What a broken state keeps from happening is not waited for as long as the solution would."""
    return replace(mutant, actions=tuple(_shorter(action) for action in mutant.actions))


def _shorter(action: Action) -> Action:
    if not isinstance(action, Run):
        return action
    return replace(action, argv=tuple(_TIMEOUT.sub("--timeout=15s", word) for word in action.argv))


@dataclass(frozen=True)
class _Change:
    repo: str
    file: str
    text: str
    added: tuple[str, ...]


def _changed(before: Repositories, solved: Repositories) -> Iterator[_Change]:
    for repo, files in solved.items():
        for name, content in files.items():
            old = before.get(repo, Files()).get(name, b"")
            if content != old and name.endswith((".yaml", ".yml")):
                text, known = content.decode(), old.decode().splitlines()
                added = (line for line in said(text.splitlines()) if line not in known)
                once = (line for line in added if text.count(line) == 1 and _means(line))
                yield _Change(repo, name, text, tuple(once))


def _means(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _instead(solution: tuple[Action, ...]) -> Iterator[Mutant]:
    """The same, but not pushed, or on a branch that nobody follows."""
    if not any(isinstance(action, Commit) for action in solution):
        return
    kept = tuple(each for each in solution if not isinstance(each, Run | Revert))
    commits = tuple(each for each in kept if isinstance(each, Commit))
    yield Mutant("not pushed", tuple(replace(each, push=False) for each in commits))
    branch = tuple(replace(each, branch=f"mutant-{n}") for n, each in enumerate(commits))
    yield Mutant("on another branch", branch[:1])


def _left_out(solution: tuple[Action, ...], values: Mapping[str, Any]) -> Iterator[Mutant]:
    """One action is left out, unless it only looks, or fetches what another has pushed."""
    if len(solution) < 2:
        return
    for at, action in enumerate(solution):
        if isinstance(action, Run):
            told = " ".join(render(word, values) for word in action.argv)
            if looks(told) or _only_fetches(told):
                continue
        rest = solution[:at] + solution[at + 1 :]
        yield Mutant(f"without action {at + 1}", rest)


def _only_fetches(told: str) -> bool:
    return _FETCHES.search(told) is not None and _CHANGES.search(told) is None


def _other_values(solution: tuple[Action, ...], changes: list[_Change]) -> Iterator[Mutant]:
    for change in changes:
        for line in change.added:
            if put := with_other_value(line):
                name = f"{change.file}: `{put.strip()}` for `{line.strip()}`"
                yield Mutant(name, _with(solution, change, _edited(change, line, put)))


def _lines_gone(solution: tuple[Action, ...], changes: list[_Change]) -> Iterator[Mutant]:
    for change in changes:
        for line in change.added:
            edit = _edited(change, f"{line}\n" if f"{line}\n" in change.text else line, "")
            name = f"{change.file}: without `{line.strip()}`"
            yield Mutant(name, _with(solution, change, edit))


def _files_spoiled(solution: tuple[Action, ...], changes: list[_Change]) -> Iterator[Mutant]:
    for change in changes:
        gone = Commit(change.repo, "Spoil it", delete=(change.file,))
        yield Mutant(f"{change.file} deleted", _with(solution, change, gone))
        first = next((line for line in change.added), "")
        if first:
            broken = _edited(change, first, f"{first}\n]: [")
            name = f"{change.file} no longer YAML"
            yield Mutant(name, _with(solution, change, broken))


def _taken_back(
    solution: tuple[Action, ...], before: Repositories, solved: Repositories
) -> Iterator[Mutant]:
    last = solution[-1]
    if isinstance(last, Commit) and last.push and before != solved:
        yield Mutant("reverted", (*solution, Revert(last.repo)))
        count = sum(isinstance(each, Commit) and each.repo == last.repo for each in solution)
        erase = Run(("git", "reset", "--hard", f"HEAD~{count}"), last.repo)
        push = Run(("git", "push", "--force"), last.repo)
        yield Mutant("erased by force", (*solution, erase, push))


def _by_hand(
    lab: Lab, solution: tuple[Action, ...], changes: list[_Change], values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """Each object that the solution changed is deleted by hand, behind a suspended engine."""
    for change in changes:
        for app in lab.apps:
            source = app["spec"].get("source", {})
            folder = f"{source.get('path', '.').strip('./')}/".lstrip("/")
            if source.get("repo") == change.repo and change.file.startswith(folder):
                yield from _deleted(app, solution, change, values)


def _deleted(
    app: dict[str, Any], solution: tuple[Action, ...], change: _Change, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    space = render(app["spec"].get("destination", {}).get("namespace", "default"), values)
    for obj in named(change.text):
        what = f"{obj['kind']}/{obj['metadata']['name']}".lower()
        delete = Run(("kubectl", f"--namespace={space}", "delete", what))
        name = f"{what} deleted by hand, the engine suspended"
        yield Mutant(name, (*solution, suspend(app, "true"), delete), (suspend(app, "null"),))


def _with(solution: tuple[Action, ...], change: _Change, spoil: Commit) -> tuple[Action, ...]:
    """The solution with one more commit after its last one there; commands come after that."""
    last = max(
        (n for n, each in enumerate(solution, 1) if each.repo == change.repo and _commits(each)),
        default=len(solution),
    )
    return (*solution[:last], spoil, *solution[last:])


def _commits(action: Action) -> bool:
    return isinstance(action, Commit | Revert)


def _edited(change: _Change, find: str, put: str) -> Commit:
    edit = Edit(change.file, as_it_stands(find), as_it_stands(put))
    return Commit(change.repo, "Spoil it", edits=(edit,))
