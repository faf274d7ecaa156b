"""A lab in another language: README.LANG.md beside README.md, lab.LANG.yaml beside lab.yaml.

Texts alone are translated. Steps, checks, answers and commands are those of the lab itself, so a
translation can't differ in what it asks for. What isn't translated is shown in English.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gitops_lab.kube import yamls
from gitops_lab.lab import fields, readme
from gitops_lab.lab.build import questions
from gitops_lab.lab.console import commands
from gitops_lab.lab.lines import Lines
from gitops_lab.lab.model import Action, Lab, Step, StepText
from gitops_lab.lab.problems import InvalidLab, Problem
from gitops_lab.lab.shapes import ListOf, MapOf, Record, Report, Text

PARTS = {
    "de": {"vorhersage": "predict", "tun": "do", "warum": "why", "bei der arbeit": "at_work"},
}
"""The headings of a step's parts by language; those of English fit everywhere."""
_FILE = re.compile(r"README\.([a-z]{2})\.md")

SHAPE = Record(
    {
        "title": Text(),
        "summary": Text(),
        "misconception": Text(),
        "steps": MapOf(
            Record(
                {
                    "hints": MapOf(Text()),
                    "says": ListOf(Text()),
                    "demo": Record({"before": Text(), "after": Text(), "watch": Text()}),
                }
            )
        ),
        "quiz": fields.QUIZ,
        "debrief": Text(),
        "trainer": Text(),
        "words": MapOf(Text()),
    }
)
"""lab.LANG.yaml. `words` are what the lab's checks say, and what that is in the language."""


def languages(lab: Lab) -> list[str]:
    """The languages, beside English, that a lab is written in."""
    names = (_FILE.fullmatch(path.name) for path in sorted(lab.folder.glob("README.*.md")))
    return [name[1] for name in names if name]


def translated(lab: Lab, language: str) -> Lab:
    """The lab with its texts in a language; as it is where nobody has translated it.

    Raises `InvalidLab` for a translation that can't be read.
    """
    if language not in languages(lab):
        return lab
    raw = _read(lab, language)
    text = _readme(lab, language)
    told = {step.id: step for step in text.steps}
    steps = (
        _step(step, raw.get("steps", {}).get(step.id, {}), told.get(step.id)) for step in lab.steps
    )
    plain = {key: raw[key] for key in ("title", "summary", "misconception") if key in raw}
    long = {key: raw[key].strip() for key in ("debrief", "trainer") if key in raw}
    return replace(
        lab,
        **plain,
        **long,
        steps=tuple(steps),
        introduction=text.introduction or lab.introduction,
        quiz=questions(raw["quiz"]) if "quiz" in raw else lab.quiz,
    )


def words(lab: Lab, language: str) -> Mapping[str, str]:
    """What the lab's own checks say, and how it is said in the language."""
    return dict(_read(lab, language).get("words", {})) if language in languages(lab) else {}


def problems(lab: Lab) -> Iterator[Problem]:
    """What a lab's translations lack. Raises `InvalidLab` for one that can't be read."""
    for language in languages(lab):
        name = f"lab.{language}.yaml"
        raw = _read(lab, language)
        for what in _lacking(lab, raw):
            yield Problem(name, 1, f"lacks {what}.", "Translate it.")
        yield from _text_problems(lab, language)


def _step(step: Step, raw: Mapping[str, Any], text: StepText | None) -> Step:
    hints = raw.get("hints", {})
    says = iter(raw.get("says", ()))
    parts = {k: v for k, v in vars(text).items() if v and k != "line"} if text else {}
    return replace(
        step,
        text=replace(step.text, **parts),
        hints=tuple(replace(hint, say=hints.get(hint.id, hint.say)) for hint in step.hints),
        solution=tuple(_said(action, says) for action in step.solution),
        demo=replace(step.demo, **raw.get("demo", {})),
    )


def _said(action: Action, says: Iterator[str]) -> Action:
    return replace(action, say=next(says, action.say)) if action.say else action


def _read(lab: Lab, language: str) -> dict[str, Any]:
    file = lab.folder / f"lab.{language}.yaml"
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8")
    found: list[Problem] = []
    try:
        report = Report(file.name, Lines(text), found)
        raw = SHAPE.read(yamls.load(text, file=file.name), (), report)
    except yamls.YamlError as error:
        found.append(Problem(file.name, error.place.line, error.message, error.hint))
    if found:
        raise InvalidLab(lab.name, found)
    return raw


def _readme(lab: Lab, language: str) -> readme.Readme:
    text = (lab.folder / f"README.{language}.md").read_text(encoding="utf-8")
    return readme.parse(text, {**readme.PARTS, **PARTS.get(language, {})})


def _lacking(lab: Lab, raw: Mapping[str, Any]) -> Iterator[str]:
    for key in ("title", "summary", "misconception", "debrief", "trainer"):
        if getattr(lab, key) and key not in raw:
            yield f"`{key}`"
    if [[c.right for c in q.choices] for q in questions(raw.get("quiz", ()))] != [
        [choice.right for choice in question.choices] for question in lab.quiz
    ]:
        yield "a `quiz` with the same questions and choices in the same order"
    for step in lab.steps:
        told = raw.get("steps", {}).get(step.id, {})
        for hint in step.hints:
            if hint.id not in told.get("hints", {}):
                yield f"the hint `{hint.id}` of the step `{step.id}`"
        if len(told.get("says", ())) != sum(bool(action.say) for action in step.solution):
            yield f"`says` of the step `{step.id}`: one for each `say` of its solution"
        for key, said in vars(step.demo).items():
            if said and key not in told.get("demo", {}):
                yield f"`demo.{key}` of the step `{step.id}`"


def _text_problems(lab: Lab, language: str) -> Iterator[Problem]:
    name = f"README.{language}.md"
    text = _readme(lab, language)
    told = {step.id: step for step in text.steps}
    for line, heading in text.unknown:
        known = ", ".join(PARTS.get(language, readme.PARTS))
        yield Problem(name, line, f"`{heading}` is no part of a step.", f"There is {known}.")
    if not text.introduction:
        yield Problem(name, 1, "has no introduction.", "Translate it.")
    for step in lab.steps:
        mine = told.get(step.id)
        if mine is None:
            yield Problem(name, 0, f"lacks the step `{step.id}`.", f"Add `## … {{#{step.id}}}`.")
            continue
        for part in ("predict", "do", "why", "at_work"):
            if getattr(step.text, part) and not getattr(mine, part):
                yield Problem(name, mine.line, f"lacks the part {part}.", "Translate it.")
        theirs = [command.text for command in commands(step.text.do)]
        if [command.text for command in commands(mine.do)] != theirs:
            fix = "A translation has the same commands in the same order."
            yield Problem(name, mine.line, "has other commands than README.md.", fix)
