"""The steps of a lab: each told in the README, with checks, hints, and answers that fit."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from gitops_lab.errors import GitOpsLabError
from gitops_lab.lab import changes, template
from gitops_lab.lab.build import actions, text_for
from gitops_lab.lab.inspect_files import is_folder
from gitops_lab.lab.inspection import Inspection
from gitops_lab.lab.lines import Path
from gitops_lab.lab.model import Action, Commit, Run, StepText
from gitops_lab.lab.readme import PARTS
from gitops_lab.lab.shapes import meant

README = "README.md"
CHECKS = "checks"
_TEST = ast.FunctionDef | ast.AsyncFunctionDef


def inspect(look: Inspection) -> None:
    """Headings, checks, hints and answers of every step."""
    look.once(((step.get("id", ""), path) for path, step in look.entries("steps")), "the step")
    _headings(look)
    state: changes.Repositories | None = dict(look.seeds)
    for path, step in look.entries("steps"):
        _checks(look, path, step)
        _hints(look, path, step)
        state = _answers(look, path, step, state)


def _headings(look: Inspection) -> None:
    try:
        template.render(look.readme.text, look.lab.example_parameters, file=README)
    except template.TemplateError as error:
        look.elsewhere(README, error.place.line, error.message, error.hint)
    used = set()
    for at, (path, step) in enumerate(look.entries("steps")):
        text = text_for(step.get("id", ""), at, look.readme)
        if text is None:
            told = ", ".join(text.id or text.title for text in look.readme.steps) or "none"
            fix = f"Add a heading `## Title {{#{step.get('id', '')}}}`; README.md has: {told}."
            look.add(path, f"README.md has no heading for the step `{step.get('id', '')}`.", fix)
            continue
        used.add(text.line)
        _told(look, text)
    for text in look.readme.steps:
        if text.line not in used:
            what = f"the heading `{text.title}` is no step of lab.yaml."
            fix = "Add a step with that id, or make it a heading of the third level."
            look.elsewhere(README, text.line, what, fix)
    for line, title in look.readme.unknown:
        known = tuple(part.capitalize() for part in PARTS)
        fix = f"A step has {', '.join(known)}{meant(title, known)}"
        look.elsewhere(README, line, f"unknown part `{title}`.", fix)


def _told(look: Inspection, text: StepText) -> None:
    if not text.do:
        fix = "Add `### Do` with what the learner does."
        look.elsewhere(README, text.line, f"the step `{text.title}` has no part `Do`.", fix)


def _checks(look: Inspection, path: Path, step: Mapping[str, Any]) -> None:
    for index, check in enumerate(step.get("checks", ())):
        at = (*path, "checks", index)
        file, _, test = check.partition("::")
        name = f"{CHECKS}/{file}"
        if not template.inside(file):
            look.add(at, f"`{check}` leaves the folder checks.", "Name a file inside it.")
        elif not (look.lab.folder / name).is_file():
            look.add(at, f"the file `{name}` is missing.", "Make it, or correct the name.")
        else:
            _tests(look, at, name, test)


def _tests(look: Inspection, at: Path, name: str, test: str) -> None:
    try:
        tree = ast.parse((look.lab.folder / name).read_bytes())
    except SyntaxError as error:
        look.elsewhere(name, error.lineno or 1, f"is not Python: {error.msg}.", "Correct it.")
        return
    tests = tuple(
        node.name for node in tree.body if isinstance(node, _TEST) and node.name.startswith("test")
    )
    if not tests:
        look.elsewhere(name, 1, "has no test.", "Add a function `test_…`.")
    elif test and test not in tests:
        fix = f"It has {', '.join(tests)}{meant(test, tests)}"
        look.add(at, f"`{name}` has no test `{test}`.", fix)


def _hints(look: Inspection, path: Path, step: Mapping[str, Any]) -> None:
    hints = step.get("hints", ())
    look.once(
        ((hint.get("id", ""), (*path, "hints", at)) for at, hint in enumerate(hints)), "the hint"
    )
    for at, hint in enumerate(hints):
        look.renders(hint.get("say", ""), (*path, "hints", at, "say"))
        _pattern(look, hint, (*path, "hints", at, "when", "seen"))
    if hints and all(hint.get("when") for hint in hints):
        fix = "Add one without `when` for learners whom no rule fits."
        look.add((*path, "hints"), "every hint has a condition.", fix)
    known = [hint["id"] for hint in hints if hint.get("id")]
    for at, answer in enumerate(step.get("wrong", ())):
        look.known(answer.get("hint", ""), known, "hint", (*path, "wrong", at, "hint"))


def _pattern(look: Inspection, hint: Mapping[str, Any], path: Path) -> None:
    try:
        re.compile(hint.get("when", {}).get("seen", ""))
    except re.error as error:
        look.add(path, f"is not a regular expression: {error}.", "Correct it.")


def _answers(
    look: Inspection, path: Path, step: Mapping[str, Any], state: changes.Repositories | None
) -> changes.Repositories | None:
    """Follow every answer from where the step starts; the state after the solution."""
    for key in ("alsoRight", "wrong"):
        look.once(
            ((a.get("name", ""), (*path, key, n)) for n, a in enumerate(step.get(key, ()))),
            "the answer",
        )
        for at, answer in enumerate(step.get(key, ())):
            _follow(look, (*path, key, at, "do"), answer.get("do", ()), state)
    _follow(look, (*path, "reset"), step.get("reset", ()), None)
    return _follow(look, (*path, "solution"), step.get("solution", ()), state)


def _follow(
    look: Inspection, path: Path, raw: Any, state: changes.Repositories | None
) -> changes.Repositories | None:
    follow = changes.Follower(look.lab, state or {}, look.lab.example_parameters)
    fits = state is not None
    for at, action in enumerate(actions(raw)):
        here = (*path, at)
        if not _sound(look, action, here):
            fits = False
        elif fits:
            try:
                follow(action)
            except GitOpsLabError as error:
                look.error(here, error)
                fits = False
    return follow.state if fits else None


def _sound(look: Inspection, action: Action, path: Path) -> bool:
    """Whether an action names what is there; each problem is noted."""
    before = len(look.report.problems)
    names = [repository.name for repository in look.lab.repositories]
    look.known(action.repo, names, "repository", path)
    look.renders(action.say, path)
    if isinstance(action, Run):
        for word in action.argv:
            look.renders(word, path)
    elif isinstance(action, Commit):
        _sound_commit(look, action, (*path, "commit"))
    return len(look.report.problems) == before


def _sound_commit(look: Inspection, commit: Commit, path: Path) -> None:
    look.renders(commit.message, (*path, "message"))
    if commit.files:
        is_folder(look, commit.files, (*path, "files"))
    named = [((*path, "edits", at, "file"), edit.file) for at, edit in enumerate(commit.edits)]
    named += [((*path, "delete", at), name) for at, name in enumerate(commit.delete)]
    for at, name in named:
        if not template.inside(look.renders(name, at) or "x"):
            look.add(at, f"`{name}` leaves the repository.", "Name a file inside it.")
    if not (commit.files or commit.edits or commit.delete):
        look.add(path, "the commit changes nothing.", "Give files, edits or delete.")
