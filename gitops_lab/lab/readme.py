"""The steps of a lab as README.md tells them.

A step is a heading of the second level, `## Title {#id}`; without an id it takes the next one of
lab.yaml. Its parts are headings of the third level: Predict, Do, Why and At work. What stands
before the first step is the introduction. Headings inside code blocks don't count.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops_lab.lab.model import StepText

_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+\{#([-\w]+)\})?\s*#*\s*\Z")
_ID = re.compile(r"\{#[-\w]+\}")
_FENCE = re.compile(r"\s*(```+|~~~+)")
PARTS = {"predict": "predict", "do": "do", "why": "why", "at work": "at_work"}


@dataclass
class _Section:
    title: str
    id: str
    line: int
    parts: dict[str, list[str]] = field(default_factory=lambda: {"intro": []})
    unknown: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Readme:
    """A README, taken apart.

    `unknown` has headings that aren't part of a step: (line, text). `text` is all of it without
    the ids of headings, which a template would take for comments.
    """

    introduction: str
    steps: tuple[StepText, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    text: str = ""


def parse(text: str, parts: Mapping[str, str] = PARTS) -> Readme:
    """The steps in a README's text, in order; ids are "" where the heading gives none.

    `parts` are the headings of a step's parts, in small letters.
    """
    introduction: list[str] = []
    sections: list[_Section] = []
    target = introduction
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        fence, inside = _fenced(line, fence)
        heading = None if inside else _HEADING.fullmatch(line)
        if heading and len(heading[1]) == 2:
            sections.append(_Section(heading[2], heading[3] or "", number))
            target = sections[-1].parts["intro"]
        elif heading and len(heading[1]) == 3 and sections:
            target = _part(sections[-1], heading[2], number, parts)
        else:
            target.append(line)
    return Readme(
        "\n".join(introduction).strip(),
        tuple(_text(section) for section in sections),
        tuple(heading for section in sections for heading in section.unknown),
        _ID.sub("", text),
    )


def _fenced(line: str, fence: str) -> tuple[str, bool]:
    """The fence that is open after a line, and whether the line is part of a code block."""
    mark = _FENCE.match(line)
    if not mark:
        return fence, bool(fence)
    if not fence:
        return mark[1], True
    closes = mark[1].startswith(fence) and not line.strip().strip(mark[1][0])
    return ("" if closes else fence), True


def _part(section: _Section, title: str, line: int, parts: Mapping[str, str]) -> list[str]:
    name = parts.get(title.strip().lower())
    if name is None:
        section.unknown.append((line, title))
        name = "intro"
    return section.parts.setdefault(name, [])


def _text(section: _Section) -> StepText:
    parts = {name: "\n".join(lines).strip() for name, lines in section.parts.items()}
    return StepText(section.id, section.title, section.line, **parts)
