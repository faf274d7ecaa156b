"""From the values of lab.yaml, once they have their shape, to a Lab."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.lab.model import (
    BUILTIN,
    Action,
    Answer,
    Choice,
    Commit,
    DemoNotes,
    Edit,
    Hint,
    HintRule,
    Lab,
    Needs,
    Parameter,
    Question,
    Revert,
    Run,
    SeedRepository,
    StartObjects,
    Step,
    StepText,
)
from gitops_lab.lab.readme import Readme

APP_NAMESPACE = "gitops"


def lab_of(name: str, folder: Path, raw: Mapping[str, Any], readme: Readme) -> Lab:
    """The Lab that a file and its README describe together."""
    return Lab(
        name=name,
        folder=folder,
        title=raw.get("title", ""),
        summary=raw.get("summary", "").strip(),
        level=raw.get("level", ""),
        minutes=raw.get("minutes", 0),
        misconception=raw.get("misconception", "").strip(),
        steps=tuple(_step(step, readme, at) for at, step in enumerate(raw.get("steps", ()))),
        needs=Needs(**{key: tuple(names) for key, names in raw.get("needs", {}).items()}),
        clusters=tuple(raw.get("clusters", ("main",))),
        engines=tuple(raw.get("engines", ())),
        served_by=tuple(raw.get("servedBy", (BUILTIN,))),
        parameters=tuple(
            Parameter(key, tuple(choices)) for key, choices in raw.get("parameters", {}).items()
        ),
        repositories=tuple(_repository(entry) for entry in raw.get("repositories", ())),
        apps=tuple(_app(entry) for entry in raw.get("apps", ())),
        objects=tuple(_objects(entry) for entry in raw.get("objects", ())),
        introduction=readme.introduction,
        quiz=questions(raw.get("quiz", ())),
        debrief=raw.get("debrief", "").strip(),
        trainer=raw.get("trainer", "").strip(),
        any_order=raw.get("anyOrder", False),
    )


def questions(raw: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a quiz."""
    return tuple(_question(entry) for entry in raw)


def _question(raw: Mapping[str, Any]) -> Question:
    choices = (
        Choice(choice.get("say", ""), choice.get("why", ""), choice.get("right", False))
        for choice in raw.get("choices", ())
    )
    return Question(raw.get("ask", ""), tuple(choices))


def _repository(raw: Mapping[str, Any]) -> SeedRepository:
    name = raw.get("name", "")
    return SeedRepository(
        name, raw.get("seed", f"seed/{name}"), raw.get("message", f"Start {name}")
    )


def _objects(raw: Mapping[str, Any]) -> StartObjects:
    return StartObjects(raw.get("file", ""), raw.get("cluster", "main"), raw.get("manager", ""))


def _app(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": raw.get("name", ""),
            "namespace": raw.get("namespace", APP_NAMESPACE),
        },
        "spec": raw.get("spec", {}),
    }


def _step(raw: Mapping[str, Any], readme: Readme, at: int) -> Step:
    step_id = raw.get("id", "")
    return Step(
        id=step_id,
        text=text_for(step_id, at, readme) or StepText(step_id, step_id, 0),
        checks=tuple(raw.get("checks", ())),
        hints=tuple(_hint(hint, number) for number, hint in enumerate(raw.get("hints", ()), 1)),
        solution=actions(raw.get("solution", ())),
        also_right=tuple(_answer(answer) for answer in raw.get("alsoRight", ())),
        wrong=tuple(_answer(answer) for answer in raw.get("wrong", ())),
        reset=actions(raw.get("reset", ())),
        demo=DemoNotes(**raw.get("demo", {})),
    )


def text_for(step_id: str, at: int, readme: Readme) -> StepText | None:
    """The README's section of a step: by its id, else the one in its place if that has no id."""
    for text in readme.steps:
        if text.id == step_id:
            return text
    if at < len(readme.steps) and not readme.steps[at].id:
        return readme.steps[at]
    return None


def _hint(raw: Mapping[str, Any], number: int) -> Hint:
    return Hint(
        raw.get("id", f"hint-{number}"), raw.get("say", ""), HintRule(**raw.get("when", {}))
    )


def _answer(raw: Mapping[str, Any]) -> Answer:
    return Answer(raw.get("name", ""), actions(raw.get("do", ())), raw.get("hint", ""))


def actions(raw: Sequence[Mapping[str, Any]]) -> tuple[Action, ...]:
    """The actions of a list of one-key mappings; entries without a known key are left out."""
    return tuple(_action(kind, entry) for each in raw for kind, entry in each.items())


def _action(kind: str, raw: Mapping[str, Any]) -> Action:
    if kind == "run":
        return Run(tuple(raw.get("command", ())), raw.get("repo", ""), raw.get("say", ""))
    if kind == "revert":
        return Revert(raw.get("repo", ""), raw.get("branch", "main"), raw.get("say", ""))
    return Commit(
        repo=raw.get("repo", ""),
        message=raw.get("message", ""),
        files=raw.get("files", ""),
        edits=tuple(
            Edit(edit.get("file", ""), edit.get("find", ""), edit.get("put", ""))
            for edit in raw.get("edits", ())
        ),
        delete=tuple(raw.get("delete", ())),
        branch=raw.get("branch", "main"),
        push=raw.get("push", True),
        say=raw.get("say", ""),
    )
