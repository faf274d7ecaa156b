"""Ways to break a step's solved state, generated from its solution: each should turn it red.

A check that stays green for one of them looks at too little. Nothing runs here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any

from gitops_lab.course import mutant_commands as commands
from gitops_lab.course import mutant_engines as engines
from gitops_lab.course import mutant_files as files
from gitops_lab.course import mutant_objects as objects
from gitops_lab.course.mutant import Mutant, named
from gitops_lab.course.mutant_files import Actions, Change
from gitops_lab.lab import Action, Commit, Lab, Revert, Run, Step
from gitops_lab.lab.changes import Repositories, after
from gitops_lab.lab.template import render

MOST = 10
_TIMEOUT = re.compile(r"--timeout=\d\d+s")
_FETCHES = re.compile(r"\bgit (fetch|pull)\b")
_CHANGES = re.compile(r"\bgit (add|commit|merge|push|rebase|reset|revert|tag)\b|\bkubectl\b|>")
_LETS_HEAL = re.compile(r'"selfHeal": *true')
_DELETED = re.compile(r"(\w+)(?:\.[\w.-]+)?/(\S+)(?: in (\S+))? deleted by hand")


def mutants(lab: Lab, step: Step, before: Repositories, values: Mapping[str, Any]) -> list[Mutant]:
    """Of as many kinds as the solution allows, the plain ones first; none is there twice.

    `before` is where the step starts. A proof takes the first ten that can be made
    of twice as many.
    """
    solution = step.solution
    solved = after(lab, solution, before, values)
    changed = files.changes(lab, solution, before, values)
    plain: tuple[Iterable[Mutant], ...] = (
        _instead(solution),
        _left_out(solution, values),
        files.other_values(solution, changed),
        files.lines_gone(solution, changed),
        _by_hand(lab, solution, changed, values),
        commands.touched(lab, solution, solved, values),
        commands.other_words(lab, solution, solved, values),
        commands.handed_in_otherwise(solution, before, solved, values),
        commands.pieces_left_out(solution, values),
        files.files_spoiled(solution, changed),
        _taken_back(solution, before, solved, values),
    )
    rare = (
        *_in_the_cluster(_Solved(lab, solution, before, solved, changed, values)),
        files.near_values(solution, changed),
        files.misspelt_keys(solution, changed),
        files.files_renamed(solution, changed),
        files.scripts_spoiled(solution, values),
        files.tags_moved(solution, values),
        files.reverts_spoiled(solution),
        commands.elsewhere(solution, solved, values),
        commands.made_again(solution, values),
        commands.turned_back(solution, values),
        commands.only_tried(solution),
    )
    rows = chain(zip_longest(*plain), zip_longest(*rare), [tuple(_other_answers(step, values))])
    found: dict[object, Mutant] = {}
    for mutant in filter(None, chain.from_iterable(rows)):
        found.setdefault(_what(mutant), _impatient(mutant))
        if len(found) == 2 * MOST:
            break
    return list(found.values())


def _what(mutant: Mutant) -> object:
    """The same for one broken state that two kinds have found."""
    deleted = _DELETED.match(mutant.name)
    return deleted.groups() if deleted else mutant.name


@dataclass(frozen=True)
class _Solved:
    """A step's solution and what it leaves."""

    lab: Lab
    solution: Actions
    before: Repositories
    state: Repositories
    changed: list[Change]
    values: Mapping[str, Any]


def _in_the_cluster(solved: _Solved) -> tuple[Iterable[Mutant], ...]:
    """What is done to the Apps that a step is about, and to their objects."""
    told = commands.writing(solved.solution, solved.values)
    both = {repo: {**solved.before.get(repo, {}), **now} for repo, now in solved.state.items()}
    every = engines.apps_of(solved.lab, both, solved.values)
    gone = {(r, n) for r, was in solved.before.items() for n in was if n not in solved.state[r]}
    touched = gone | {(change.repo, change.file) for change in solved.changed}
    pushed = files.pushed_by_scripts(solved.solution, solved.values)
    apps = engines.concerned(every, touched, pushed, told)
    about = objects.subjects(apps, every, solved.changed, solved.state, told)
    return (
        engines.engines_spoiled(solved.solution, apps, told),
        objects.objects_spoiled(solved.solution, about, heals=_heals(solved)),
    )


def _heals(solved: _Solved) -> bool:
    """Whether a command of this step or of one before it has let Argo CD heal."""
    solutions = [step.solution for step in solved.lab.steps]
    until = solutions[: solutions.index(solved.solution) + 1]
    told = (word for each in until for word in commands.writing(each, solved.values))
    return any(_LETS_HEAL.search(word) for word in told)


def _other_answers(step: Step, values: Mapping[str, Any]) -> Iterator[Mutant]:
    """The other right answers, not pushed, elsewhere, or with an action left out."""
    for answer in step.also_right:
        for mutant in (*_instead(answer.actions), *_left_out(answer.actions, values)):
            yield replace(mutant, name=f"“{answer.name}”: {mutant.name}")


def _impatient(mutant: Mutant) -> Mutant:
    """What a broken state keeps from happening is not waited for as long as the solution would."""
    return replace(mutant, actions=tuple(_shorter(action) for action in mutant.actions))


def _shorter(action: Action) -> Action:
    if not isinstance(action, Run):
        return action
    return replace(action, argv=tuple(_TIMEOUT.sub("--timeout=15s", word) for word in action.argv))


def _instead(solution: Actions) -> Iterator[Mutant]:
    """The same, but not pushed, or on a branch that nobody follows."""
    if not any(isinstance(action, Commit) for action in solution):
        return
    kept = tuple(each for each in solution if not isinstance(each, Run | Revert))
    commits = tuple(each for each in kept if isinstance(each, Commit))
    yield Mutant("not pushed", tuple(replace(each, push=False) for each in commits))
    branch = tuple(replace(each, branch=f"mutant-{n}") for n, each in enumerate(commits))
    yield Mutant("on another branch", branch[:1])


def _left_out(solution: Actions, values: Mapping[str, Any]) -> Iterator[Mutant]:
    """One action is left out, unless it only looks, or fetches what another has pushed."""
    if len(solution) < 2:
        return
    for at, action in enumerate(solution):
        if _only_looks(action, values):
            continue
        rest = solution[:at] + solution[at + 1 :]
        yield Mutant(f"without action {at + 1}", rest)


def _only_looks(action: Action, values: Mapping[str, Any]) -> bool:
    if not isinstance(action, Run):
        return False
    told = " ".join(render(word, values) for word in action.argv)
    fetches = _FETCHES.search(told) is not None and _CHANGES.search(told) is None
    return fetches or commands.looks(told)


def _taken_back(
    solution: Actions, before: Repositories, solved: Repositories, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """What the last action has committed is reverted, or erased by force."""
    last = next((each for each in reversed(solution) if not _only_looks(each, values)), None)
    if isinstance(last, Commit) and last.push and before != solved:
        yield Mutant("reverted", (*solution, Revert(last.repo)))
        count = sum(isinstance(each, Commit) and each.repo == last.repo for each in solution)
        erase = Run(("git", "reset", "--hard", f"HEAD~{count}"), last.repo)
        push = Run(("git", "push", "--force"), last.repo)
        yield Mutant("erased by force", (*solution, erase, push))


def _by_hand(
    lab: Lab, solution: Actions, found: list[Change], values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """Each object that the solution changed is deleted by hand, behind a suspended engine."""
    for change in found:
        for app in lab.apps:
            source = app["spec"].get("source", {})
            folder = f"{source.get('path', '.').strip('./')}/".lstrip("/")
            if source.get("repo") == change.repo and change.file.startswith(folder):
                yield from _deleted(app, solution, change, values)


def _deleted(
    app: dict[str, Any], solution: Actions, change: Change, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    space = render(app["spec"].get("destination", {}).get("namespace", "default"), values)
    for obj in named(change.text):
        what = f"{obj['kind']}/{obj['metadata']['name']}".lower()
        delete = Run(("kubectl", f"--namespace={space}", "delete", what))
        off, on = (commands.suspend(app, value) for value in ("true", "null"))
        name = f"{what} in {space} deleted by hand, the engine suspended"
        yield Mutant(name, (*solution, off, delete), (on,))
