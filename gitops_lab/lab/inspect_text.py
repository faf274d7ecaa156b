"""A README's text: links that lead somewhere, YAML that Kubernetes knows, commands that are proven.

These make a text worse and don't keep a lab from running, so `author lint` alone asks for them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gitops_lab.apiserver.types import Registry, Resource
from gitops_lab.apiserver.validation import unknown_fields
from gitops_lab.engine.app import API_VERSION, KIND, App
from gitops_lab.engine.errors import AppError
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import yamls
from gitops_lab.kube.objects import split_api_version
from gitops_lab.lab import template
from gitops_lab.lab.console import CONSOLE, PROMPT, SHELLS, Block, Prose, pieces
from gitops_lab.lab.model import Lab
from gitops_lab.lab.problems import Problem
from gitops_lab.lab.shapes import meant

README = "README.md"
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_HEADING = re.compile(r"#{2,3}\s+(.*?)(?:\s+\{#([-\w]+)\})?\s*$")
_OUTSIDE = ("http://", "https://", "mailto:")


def inspect(lab: Lab) -> list[Problem]:
    """The problems of a valid lab's text."""
    text = (lab.folder / README).read_text(encoding="utf-8")
    found = pieces(text)
    anchors = set(_anchors(found))
    problems: list[Problem] = []
    part = ""
    for piece in found:
        if isinstance(piece, Prose):
            heading = _HEADING.match(piece.text)
            part = heading[1].strip().lower() if heading else part
            problems += _links(lab.folder, piece, anchors)
        else:
            problems += _commands(piece, part)
            problems += _yaml(lab, piece)
    return problems


def _anchors(found: list[Prose | Block]) -> Iterator[str]:
    for piece in found:
        heading = _HEADING.match(piece.text) if isinstance(piece, Prose) else None
        if heading:
            yield heading[2] or re.sub(r"[^\w]+", "-", heading[1].lower()).strip("-")


def _links(folder: Path, piece: Prose, anchors: set[str]) -> Iterator[Problem]:
    for target in _LINK.findall(piece.text):
        path, _, anchor = target.partition("#")
        if target.startswith(_OUTSIDE) or "{{" in target:
            continue
        if path and not (folder / path).exists():
            fix = "Correct it, or write the file."
            yield Problem(README, piece.line, f"the link `{target}` leads nowhere.", fix)
        elif not path and anchor not in anchors:
            fix = f"There is {', '.join(sorted(anchors))}{meant(anchor, tuple(anchors))}"
            yield Problem(README, piece.line, f"there is no heading `{anchor}`.", fix)


def _commands(block: Block, part: str) -> Iterator[Problem]:
    where = block.line - 1
    if block.language in SHELLS:
        fix = "Fence it as `console`, with `$ ` before each command, so that it is proven."
        yield Problem(README, where, "no proof runs the commands of this block.", fix)
    elif block.language == CONSOLE and not any(line.startswith(PROMPT) for line in _lines(block)):
        fix = "Put `$ ` before each command."
        yield Problem(README, where, "this console block has no command.", fix)
    elif block.language == CONSOLE and part != "do":
        fix = "Move it to the step's part `Do`; a proof runs those."
        yield Problem(README, where, "no proof runs the commands of this block.", fix)


def _lines(block: Block) -> list[str]:
    return block.text.splitlines()


def _yaml(lab: Lab, block: Block) -> Iterator[Problem]:
    if block.language not in ("yaml", "yml"):
        return
    try:
        text = template.render(block.text, lab.example_parameters, file=README, line=block.line)
        documents = yamls.load_all(text, file=README)
    except GitOpsLabError as error:
        counted = isinstance(error, template.TemplateError)  # from the README's first line
        line = error.place.line if counted else block.line + max(error.place.line, 1) - 1
        yield Problem(README, line, error.message, error.hint or "Correct it.")
        return
    for document in documents:
        obj = document.obj
        if isinstance(obj, dict) and {"apiVersion", "kind"} <= set(obj):
            for what, fix in _object(obj):
                yield Problem(README, block.line + document.line - 1, what, fix)


def _object(obj: dict[str, object]) -> Iterator[tuple[str, str]]:
    version, kind = str(obj["apiVersion"]), str(obj["kind"])
    group = split_api_version(version)[0]
    if (version, kind) == (API_VERSION, KIND):
        try:
            App.from_object({"metadata": {"name": "x", "namespace": "x"}, **obj})
        except AppError as error:
            yield error.message, error.hint
        return
    known = [each for each in _resources() if each.group == group]
    found = next((r for r in known if r.kind == kind and r.api_version == version), None)
    if found:
        for told in unknown_fields(obj, found.schema):
            yield f"{kind} has {told}.", "Correct its spelling or its place."
    elif known:
        kinds = tuple(sorted({each.kind for each in known}))
        fix = f"{version} has {', '.join(kinds)}{meant(kind, kinds)}"
        yield f"there is no kind {kind} in {version}.", fix


@cache
def _resources() -> tuple[Resource, ...]:
    return tuple(Registry.builtin().all())
