"""The JSON Schema of lab.yaml, made from the very shapes that read it, for editors."""

import json
from typing import Any

from gitops_lab.lab.fields import LAB
from gitops_lab.lab.shapes import ListOf, MapOf, Number, OneOf, Record, Shape, Switch, Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE = "lab.schema.json"

ABOUT = {
    "title": "What the lab is called.",
    "summary": "One sentence for the list of labs.",
    "level": "Whom it is for.",
    "minutes": "How long a learner takes.",
    "misconception": "The one wrong belief that the lab takes away, as a learner would say it.",
    "needs": "What has to be there: a start says what is missing.",
    "needs.labs": "Labs that are better done before this one.",
    "needs.tools": "Programs that the learner needs beside git and kubectl, like helm.",
    "needs.features": "What not every cluster has: see the reference of lab.yaml.",
    "clusters": "The clusters' names; the first one holds the apps.",
    "engines": "Whose resources are served too, beside GitOpsApps.",
    "servedBy": "Which engines can serve its apps (--engine); our own alone when left out.",
    "parameters": "Values of which each learner gets one, so that answers can't be copied.",
    "repositories": "What the Git server has, from the folder seed/NAME.",
    "repositories.seed": "The folder with the files, seed/NAME when left out.",
    "repositories.message": "The message of the first commit.",
    "apps": "GitOpsApps; `spec` as in the resource.",
    "objects": "YAML files with objects that are there from the start.",
    "objects.manager": "A field manager of its own: what somebody did by hand before.",
    "steps": "In the order of the README's headings of the second level.",
    "anyOrder": "The steps can be done in any order; a proof then does them backwards, too.",
    "steps.id": "Stands in the heading as {#id}.",
    "steps.checks": "Files in checks/, or FILE::test.",
    "steps.hints": "In the order in which they are given; those whose `when` fits come first.",
    "steps.hints.when": "All that is given has to match one red verdict.",
    "steps.hints.when.check": "A part of the test's name.",
    "steps.hints.when.link": "The broken link of the chain.",
    "steps.hints.when.seen": "A regular expression for what was seen, or for a detail.",
    "steps.solution": "What turns the step green.",
    "steps.alsoRight": "Other ways that have to turn it green, too.",
    "steps.wrong": "What has to leave it red, and the hint that is then meant.",
    "steps.reset": "What has to be done to come back, beyond files and the lab's own objects.",
    "steps.demo": "What a presenter says before the step, and after it.",
    "steps.demo.watch": "What the audience should look at while the step is solved.",
    "quiz": "Questions at the end.",
    "quiz.choices.why": "Why it is right or wrong; shown to whoever picked it.",
    "debrief": "What to take home, in Markdown; shown when all is done.",
    "trainer": "For whoever teaches it: timing, and what goes wrong in the room. Markdown.",
    "commit.files": "A folder of the lab that is laid over the clone.",
    "commit.edits": "Replacements; `find` has to stand in the file exactly once.",
    "commit.push": "false leaves the commit in the clone.",
    "commit.say": "What the demo says.",
    "run.command": "A command as a list of words, run in the clone.",
    "revert.repo": "The repository whose last commit is taken back.",
}
"""What a key means, by its path; below an action the path begins with the action's name."""


def schema() -> dict[str, Any]:
    """The schema as a JSON value."""
    return {
        "$schema": DIALECT,
        "title": "GitOps Lab: lab.yaml",
        **_of(LAB, ""),
    }


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


def _of(shape: Shape, path: str) -> dict[str, Any]:
    about = {"description": ABOUT[path]} if path in ABOUT else {}
    return {**about, **_rules(shape, path)}


def _rules(shape: Shape, path: str) -> dict[str, Any]:
    match shape:
        case Text():
            return _text(shape)
        case Number():
            return {"type": "integer", "minimum": shape.low, "maximum": shape.high}
        case Switch():
            return {"type": "boolean"}
        case ListOf():
            least = {"minItems": shape.least} if shape.least else {}
            return {"type": "array", "items": _rules(shape.shape, path), **least}
        case MapOf():
            return {"type": "object", "additionalProperties": _rules(shape.shape, path)}
        case Record():
            needs = {"required": list(shape.needs)} if shape.needs else {}
            return {"type": "object", **_fields(shape, path), **needs}
        case OneOf():
            one = [
                {"properties": {key: _of(each, key)}, "required": [key]}
                for key, each in shape.choices.items()
            ]
            closed = {"type": "object", "additionalProperties": False}
            return {"oneOf": [{**closed, **choice} for choice in one]}
    return {}


def _fields(shape: Record, path: str) -> dict[str, Any]:
    prefix = f"{path}." if path else ""
    properties = {key: _of(each, prefix + key) for key, each in shape.fields.items()}
    return {"properties": properties, "additionalProperties": False}


def _text(shape: Text) -> dict[str, Any]:
    rules: dict[str, Any] = {"type": "string"}
    if shape.words:
        rules["enum"] = list(shape.words)
    elif shape.pattern:
        rules["pattern"] = f"^(?:{shape.pattern})$"
    elif not shape.empty:
        rules["minLength"] = 1
    return rules
