"""Ways to spoil the commands of a solution, and what they hand in. Nothing runs here."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gitops_lab.course.mutant import (
    Mutant,
    as_it_stands,
    named,
    other,
    others_in,
    said,
    with_other_value,
)
from gitops_lab.engine.app import API_VERSION
from gitops_lab.lab import Action, Commit, Edit, Lab, Run
from gitops_lab.lab.changes import Files, Repositories
from gitops_lab.lab.console import Command
from gitops_lab.lab.template import render

_TOUCHED = re.compile(
    r"\b(scale|set image|patch|delete|edit|annotate|label) ([a-z.]+)[/ ](\w[-\w.]*)"
)
_NAMESPACE = re.compile(r"(?:--namespace|-n)[= ]([-\w]+)")
_HANDED_IN = re.compile(r"\bkubectl\b.*\b(?:apply|create) (?:--filename|-f)[= ]([\w./-]+)")
_SETS = re.compile(r"(--replicas|(?!-)[\w.-]+)=(.+)")
_KIND_AND_NAME = re.compile(
    r"^kind: (\w+)\n(?:.*\n)*?metadata:\n(?: +.*\n)*?  name: (\S+)", re.MULTILINE
)
_AND = re.compile(r"\s+&&\s+")
_WRITES = re.compile(
    r"gitops-lab (app (sync|rollback|suspend|resume|refresh)|secret (encrypt|keygen))\b|cat .*>"
)
_PATCH = "--patch="


def touched(
    lab: Lab, solution: tuple[Action, ...], solved: Repositories, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """What a command changed or handed in is deleted by hand, behind a suspended engine."""
    for action, told in _kubectl(solution, values):
        what = _TOUCHED.search(told)
        if what and not what[2].startswith("gitopsapp"):
            yield deleted_by_hand(lab, solution, f"{what[2]}/{what[3]}", _space(told))
        for text in _files(action, told, solved).values():
            for obj in named(text):
                group = obj["apiVersion"].rpartition("/")[0].partition("/")[0]
                kind = ".".join(filter(None, (obj["kind"].lower(), group)))
                space = obj["metadata"].get("namespace") or _space(told)
                name = f"{kind}/{obj['metadata']['name']}"
                yield deleted_by_hand(lab, solution, name, space)


def deleted_by_hand(lab: Lab, solution: tuple[Action, ...], what: str, space: str) -> Mutant:
    """An object is deleted, and no GitOpsApp may bring it back."""
    where = (f"--namespace={space}",) if space else ()
    delete = Run(("kubectl", *where, "delete", what))
    apps = () if what.startswith("gitopsapp") else lab.apps  # which nobody would bring back
    off, on = ([suspend(app, v) for app in apps] for v in ("true", "null"))
    name = (
        what
        + (f" in {space}" if space else "")
        + " deleted by hand"
        + (", the engine suspended" if off else "")
    )
    return Mutant(name, (*solution, *off, delete), tuple(on))


def suspend(app: dict[str, Any], value: str) -> Run:
    """Set or remove a GitOpsApp's `suspend`."""
    meta, kind = app["metadata"], f"gitopsapps.{API_VERSION.partition('/')[0]}"
    patch = f'--patch={{"spec":{{"suspend":{value}}}}}'
    words = ("kubectl", f"--namespace={meta['namespace']}", "patch", f"{kind}/{meta['name']}")
    return Run((*words, "--type=merge", patch))


def other_words(
    lab: Lab, solution: tuple[Action, ...], solved: Repositories, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """A command with another number, image, variable, or value in its patch.

    What is done by hand to an object that Git describes is drift, and any drift is as right.
    """
    for action, told in _kubectl(solution, values):
        what = _TOUCHED.search(told)
        if action.argv[0] != "kubectl" or "annotate" in action.argv:
            continue
        if what and f"{what[2]}/{what[3]}" in _kept(lab, solved):
            continue
        at = solution.index(action)
        for n, word in enumerate(action.argv):
            for put in _others(render(word, values)):
                argv = (*action.argv[:n], as_it_stands(put), *action.argv[n + 1 :])
                spoiled = (*solution[:at], replace(action, argv=argv), *solution[at + 1 :])
                yield Mutant(f"command {at + 1} with `{put}`", spoiled)


def handed_in_otherwise(
    solution: tuple[Action, ...],
    before: Repositories,
    solved: Repositories,
    values: Mapping[str, Any],
) -> Iterator[Mutant]:
    """A file that a command hands in says something else; those that a commit changes have it."""
    for action, told in _kubectl(solution, values):
        for file, text in _files(action, told, solved).items():
            if text.encode() != before.get(action.repo, Files()).get(file):
                continue
            for line in said(text.splitlines()):
                put = with_other_value(line)
                if put and text.count(line) == 1:
                    edit = Edit(file, as_it_stands(line), as_it_stands(put))
                    at = solution.index(action)
                    commit = Commit(action.repo, "Spoil it", edits=(edit,))
                    name = f"{file}: `{put.strip()}` for `{line.strip()}`"
                    yield Mutant(name, (*solution[:at], commit, *solution[at:]))


def pieces_left_out(solution: tuple[Action, ...], values: Mapping[str, Any]) -> Iterator[Mutant]:
    """A script without one of its commands: `a && b && c` without `b`."""
    for at, action in enumerate(solution):
        if not isinstance(action, Run) or action.argv[:2] != ("sh", "-c"):
            continue
        pieces = _AND.split(render(action.argv[2], values).strip())
        if len(pieces) < 2 or not all(map(_is_whole, pieces)):
            continue
        for n, piece in enumerate(pieces):
            if not looks(piece):
                script = " && ".join(pieces[:n] + pieces[n + 1 :])
                less = replace(action, argv=("sh", "-c", as_it_stands(script)))
                name = f"action {at + 1} without `{piece}`"
                yield Mutant(name, (*solution[:at], less, *solution[at + 1 :]))


def looks(told: str) -> bool:
    """Whether a command only looks: nothing is broken when it is left out."""
    return Command(told, 0).reads and not _WRITES.match(told)


def _is_whole(piece: str) -> bool:
    quotes = all(piece.count(quote) % 2 == 0 for quote in "'\"")
    return quotes and piece.count("(") == piece.count(")")


def _others(word: str) -> Iterator[str]:
    if word.startswith(_PATCH):
        try:
            patch = json.loads(word.removeprefix(_PATCH))
        except ValueError:
            return
        yield from (_PATCH + json.dumps(changed) for changed in others_in(patch))
    elif match := _SETS.fullmatch(word):
        yield f"{match[1]}={other(match[2])}"


def _kubectl(solution: tuple[Action, ...], values: Mapping[str, Any]) -> Iterator[tuple[Run, str]]:
    for action in solution:
        if isinstance(action, Run):
            told = " ".join(render(word, values) for word in action.argv)
            if "kubectl" in told and not Command(told, 0).reads:
                yield action, told


def _kept(lab: Lab, solved: Repositories) -> set[str]:
    """What an engine keeps as Git says: `deployment/web`. Templates of charts count, too."""
    if not (lab.apps or lab.engines):
        return set()
    texts = (text for files in solved.values() for name, text in files.items() if _is_yaml(name))
    pieces = (piece for text in texts for piece in text.decode().split("\n---"))
    found = (_KIND_AND_NAME.search(piece) for piece in pieces)
    return {f"{match[1]}/{match[2]}".lower() for match in found if match}


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _files(action: Run, told: str, solved: Repositories) -> dict[str, str]:
    """The YAML files of the clone that a command hands in."""
    match = _HANDED_IN.search(told)
    if match is None:
        return {}
    path = match[1].removeprefix("./").rstrip("/")
    return {
        name: content.decode()
        for name, content in solved.get(action.repo, Files()).items()
        if (name == path or name.startswith(f"{path}/")) and _is_yaml(name)
    }


def _space(told: str) -> str:
    match = _NAMESPACE.search(told)
    return match[1] if match else ""
