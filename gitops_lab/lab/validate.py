"""Every problem of a lab at once: its file, its README, its seeds, checks and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.kube import yamls
from gitops_lab.lab import fields, inspect_files, inspect_steps, inspect_world, readme
from gitops_lab.lab.build import lab_of
from gitops_lab.lab.inspection import Inspection
from gitops_lab.lab.lines import Lines
from gitops_lab.lab.model import Lab
from gitops_lab.lab.problems import InvalidLab, Problem
from gitops_lab.lab.readme import Readme
from gitops_lab.lab.shapes import Report

FILE = "lab.yaml"
README = "README.md"


@dataclass(frozen=True)
class Examined:
    """A lab as far as it could be read, and what is wrong with it."""

    lab: Lab | None
    problems: tuple[Problem, ...]


def examine(folder: Path, name: str) -> Examined:
    """Read the lab in a folder and find all its problems; nothing is raised for them."""
    problems: list[Problem] = []
    raw, lines = _read_file(folder, problems)
    text = _read_readme(folder, problems)
    if raw is None or lines is None:
        return Examined(None, tuple(problems))
    report = Report(FILE, lines, problems)
    shaped = fields.LAB.read(raw, (), report)
    lab = lab_of(name, folder, shaped, text)
    inspection = Inspection(lab, shaped, text, report)
    inspect_files.inspect(inspection)
    inspect_world.inspect(inspection)
    inspect_steps.inspect(inspection)
    return Examined(lab, tuple(sorted(set(problems))))


def trusted(folder: Path, name: str) -> Lab:
    """A lab that was examined before, and has not changed since: it is only read."""
    raw = yamls.load((folder / FILE).read_text(encoding="utf-8"), file=FILE)
    return lab_of(name, folder, raw, readme.parse((folder / README).read_text(encoding="utf-8")))


def lint(folder: Path, name: str) -> tuple[Problem, ...]:
    """All problems, and what would make the text of a lab without any better."""
    examined = examine(folder, name)
    if examined.lab is None or examined.problems:
        return examined.problems
    from gitops_lab.lab import (
        inspect_text,  # brings the types of Kubernetes, for authors alone
        translation,
    )

    try:
        translations = list(translation.problems(examined.lab))
    except InvalidLab as error:
        translations = list(error.problems)
    return tuple(sorted({*inspect_text.inspect(examined.lab), *translations}))


def _read_file(
    folder: Path, problems: list[Problem]
) -> tuple[Mapping[str, Any] | None, Lines | None]:
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        raw = yamls.load(text, file=FILE)
    except UnicodeDecodeError:
        problems.append(Problem(FILE, 1, "is not text in UTF-8.", "Save it as UTF-8."))
    except yamls.YamlError as error:
        fix = error.hint or "Correct the YAML."
        problems.append(Problem(FILE, error.place.line or 1, error.message, fix))
    else:
        if isinstance(raw, dict):
            return raw, Lines(text)
        fix = f"Start with `apiVersion: {fields.API_VERSION}` and `kind: {fields.KIND}`."
        problems.append(Problem(FILE, 1, "holds no mapping.", fix))
    return None, None


def _read_readme(folder: Path, problems: list[Problem]) -> Readme:
    try:
        return readme.parse((folder / README).read_text(encoding="utf-8"))
    except FileNotFoundError:
        fix = "Write it: a heading `## Title {#step-id}` for each step."
        problems.append(Problem(README, 0, "is missing.", fix))
    except UnicodeDecodeError:
        problems.append(Problem(README, 1, "is not text in UTF-8.", "Save it as UTF-8."))
    return Readme("", ())
