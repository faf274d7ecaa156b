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
    r"\b(scale|set image|set selector|patch|delete|edit|annotate|label) ([a-z.]+)[/ ](\w[-\w.]*)"
)
_NAMESPACE = re.compile(r"(?:--namespace|-n)[= ]([-\w]+)")
_HANDED_IN = re.compile(r"\bkubectl\b.*\b(?:apply|create) (?:--filename|-f)[= ]([\w./-]+)")
_SETS = re.compile(r"(--replicas|(?!-)[\w.-]+)=(.+)")
_KIND_AND_NAME = re.compile(
    r"^kind: (\w+)\n(?:.*\n)*?metadata:\n(?: +.*\n)*?  name: (\S+)", re.MULTILINE
)
_OPPOSITE = {"suspend": "resume", "resume": "suspend"}
_AND = re.compile(r"\s+&&\s+")
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


def writing(solution: tuple[Action, ...], values: Mapping[str, Any]) -> list[str]:
    """The commands of a solution that change something, each in one line."""
    told = [
        " ".join(render(word, values) for word in action.argv)
        for action in solution
        if isinstance(action, Run)
    ]
    return [each for each in told if not looks(each)]


def looks(told: str) -> bool:
    """Whether a command only looks: nothing is broken when it is left out."""
    return Command(told, 0).looks


def only_tried(solution: tuple[Action, ...]) -> Iterator[Mutant]:
    """The one command there is, as `--dry-run` does it."""
    if len(solution) == 1 and isinstance(solution[0], Run) and solution[0].argv[0] == "kubectl":
        tried = replace(solution[0], argv=(*solution[0].argv, "--dry-run=server"))
        yield Mutant("only tried, with --dry-run", (tried,))


def elsewhere(
    solution: tuple[Action, ...], solved: Repositories, values: Mapping[str, Any]
) -> Iterator[Mutant]:
    """A command is about a copy of its object, about another object, or about other pods."""
    known = {each for files in solved.values() for each in _described(files)}
    for at, (action, told) in enumerate(_kubectl(solution, values)):
        what = _TOUCHED.search(told)
        n = solution.index(action)
        if what and action.argv[0] == "kubectl":
            kind, name = what[2], what[3]
            for other_name in sorted(o for k, o in known if k == kind and o != name):
                aimed = _aimed(action, kind, name, other_name)
                actions = (*solution[:n], aimed, *solution[n + 1 :])
                yield Mutant(f"command {at + 1} about {kind}/{other_name}", actions)
            if kind in ("deployment", "configmap") and what[1] != "delete":
                copy, gone = _copied(told, kind, name)
                aimed = _aimed(action, kind, name, f"{name}-copy")
                actions = (*solution[:n], copy, aimed, *solution[n + 1 :])
                yield Mutant(f"command {at + 1} about a copy of {kind}/{name}", actions, (gone,))
        for word in action.argv:
            if word.startswith("--selector=") or (_NAMESPACE.fullmatch(word) and "pods" in told):
                argv = tuple(f"{each}x" if each == word else each for each in action.argv)
                spoiled = (*solution[:n], replace(action, argv=argv), *solution[n + 1 :])
                yield Mutant(f"command {at + 1} with `{word}x`", spoiled)


def _described(files: Files) -> Iterator[tuple[str, str]]:
    for name, content in files.items():
        if _is_yaml(name):
            for obj in named(content.decode(errors="replace")):
                yield str(obj.get("kind")).lower(), obj["metadata"]["name"]


def _aimed(action: Run, kind: str, name: str, other_name: str) -> Run:
    """The command with another object in the place of its own."""
    argv = list(action.argv)
    for n, word in enumerate(argv):
        if word == f"{kind}/{name}":
            argv[n] = f"{kind}/{other_name}"
        elif word == name and n and argv[n - 1] == kind:
            argv[n] = other_name
    return replace(action, argv=tuple(argv))


def _copied(told: str, kind: str, name: str) -> tuple[Run, Run]:
    """Make a copy of an object under a name of its own, and remove it."""
    space = _space(told) or "default"
    own = r"/^  \(uid\|resourceVersion\|creationTimestamp\|generation\):/d"
    script = (
        f"kubectl --namespace={space} get {kind} {name} --output=yaml"
        f" | sed 's|^  name: {name}$|  name: {name}-copy|; {own}'"
        f" | kubectl --namespace={space} create --filename -"
    )
    gone = ("kubectl", f"--namespace={space}", "delete", kind, f"{name}-copy")
    return Run(("sh", "-c", as_it_stands(script))), Run(gone)


def made_again(solution: tuple[Action, ...], values: Mapping[str, Any]) -> Iterator[Mutant]:
    """What a command deletes is made again by hand."""
    for action, told in _kubectl(solution, values):
        what = _TOUCHED.search(told)
        if what is None or what[1] != "delete" or action.argv[0] != "kubectl":
            continue
        space, file = _space(told) or "default", ".git/made-again.yaml"
        own = r"/^  \(uid\|resourceVersion\|creationTimestamp\|generation\):/d"
        get = f"kubectl --namespace={space} get {what[2]} {what[3]} --output=yaml"
        keep = Run(("sh", "-c", as_it_stands(f"{get} | sed '{own}' > {file}")))
        again = Run(("kubectl", f"--namespace={space}", "create", f"--filename={file}"))
        yield Mutant(f"{what[2]}/{what[3]} made again", (keep, *solution, again))


def turned_back(solution: tuple[Action, ...], values: Mapping[str, Any]) -> Iterator[Mutant]:
    """An app that was suspended goes on again, or the other way round."""
    for action in solution:
        if isinstance(action, Run) and action.argv[:2] == ("gitops-lab", "app"):
            verb = _OPPOSITE.get(action.argv[2], "")
            if verb:
                back = replace(action, argv=(*action.argv[:2], verb, *action.argv[3:]))
                name = f"`gitops-lab app {verb} {render(action.argv[3], values)}` after it"
                yield Mutant(name, (*solution, back))


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
