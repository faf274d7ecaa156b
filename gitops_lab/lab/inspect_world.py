"""What a lab starts with: names that fit together, parameters, apps that the engine can read."""

import copy
from collections.abc import Mapping
from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.source_spec import Source
from gitops_lab.lab import fields, template
from gitops_lab.lab.inspection import Inspection
from gitops_lab.lab.lines import Path
from gitops_lab.lab.model import BUILTIN, FACTS, Lab

_TOLD = ("say", "why")


def inspect(look: Inspection) -> None:
    """Names, parameters, apps and the texts of the lab itself."""
    for name in look.raw.get("parameters", {}):
        fields.PARAMETER_NAME.read(name, ("parameters", name), look.report)
        if name in FACTS:
            fix = "Give it another name: texts get this one from the engine that serves the apps."
            look.add(("parameters", name), f"`{name}` is no parameter's name.", fix)
    for key in ("title", "summary", "misconception", "debrief"):
        look.renders(look.raw.get(key, ""), (key,))
    _labs_before(look)
    for path, question in look.entries("quiz"):
        _question(look, question, path)
    look.once(
        ((entry.get("name", ""), path) for path, entry in look.entries("repositories")),
        "the repository",
    )
    look.once(((entry.get("name", ""), path) for path, entry in look.entries("apps")), "the app")
    for path, entry in look.entries("objects"):
        look.known(entry.get("cluster", "main"), look.lab.clusters, "cluster", (*path, "cluster"))
        look.renders(entry.get("manager", ""), (*path, "manager"))
    for (path, _), app in zip(look.entries("apps"), look.lab.apps, strict=True):
        _app(look, app, path)


def _labs_before(look: Inspection) -> None:
    """Labs that go before are those beside it, or those of the course."""
    from gitops_lab.lab.load import FILE, bundled_folders, name_of

    beside = (path.parent for path in look.lab.folder.parent.glob(f"*/{FILE}"))
    known = tuple({name_of(folder): None for folder in (*beside, *bundled_folders())})
    for number, name in enumerate(look.lab.needs.labs):
        look.known(name, known, "lab", ("needs", "labs", number))


def _question(look: Inspection, question: Mapping[str, Any], path: Path) -> None:
    choices = question.get("choices", ())
    right = sum(bool(choice.get("right")) for choice in choices)
    if right != 1:
        fix = "Give `right: true` to one of them."
        look.add((*path, "choices"), f"{right or 'none'} of the choices is right.", fix)
    for text in (question.get("ask", ""), *(c.get(key, "") for c in choices for key in _TOLD)):
        look.renders(text, path)


def rendered(value: Any, lab_values: dict[str, Any]) -> Any:
    """A value of YAML with every text in it rendered. Raises `TemplateError`."""
    if isinstance(value, str):
        return template.render(value, lab_values)
    if isinstance(value, dict):
        return {key: rendered(entry, lab_values) for key, entry in value.items()}
    if isinstance(value, list):
        return [rendered(entry, lab_values) for entry in value]
    return value


def _app(look: Inspection, raw: dict[str, Any], path: Path) -> None:
    try:
        app = App.from_object(rendered(copy.deepcopy(raw), look.lab.example_parameters))
    except AppError as error:
        at = (*path, *_field(error.place.field))
        look.add(at, error.message, error.hint)
    except template.TemplateError as error:
        look.error(path, error)
    else:
        _fits(look, app, path)
        _served(look, app)


def _fits(look: Inspection, app: App, path: Path) -> None:
    source = (*path, "spec", "source")
    if app.source.chart is None:
        look.known(app.source.repo, _names(look.lab), "repository", (*source, "repo"))
    destination = (*path, "spec", "destination", "cluster")
    look.known(app.destination.cluster, look.lab.clusters, "cluster", destination)
    files = look.seeds.get(app.source.repo)
    folder = app.source.path.strip("/")
    if files is None or folder in ("", "."):
        return
    if not any(name.startswith(f"{folder}/") for name in files):
        look.add(
            (*source, "path"),
            f"the seed of `{app.source.repo}` has no folder `{folder}`.",
            "Name a folder of the seed.",
        )


def _served(look: Inspection, app: App) -> None:
    """Whether the other engines that are to serve it can say all that it says."""
    others = [engine for engine in look.lab.served_by if engine != BUILTIN]
    if not others:
        return
    from gitops_lab.dialects.export import FOLDER, HELM, Setting, as_argocd, as_flux

    def kind_of(source: Source) -> str:
        return HELM if source.helm or source.chart else FOLDER

    setting = Setting(lambda repo: repo, kind_of, home=look.lab.clusters[0])
    for engine in others:
        made = (as_argocd if engine == "argocd" else as_flux)(app, setting)
        for lost in made.lost:
            what = f"{engine} can't serve the app `{app.name}` as it is: {lost}"
            fix = f"Leave `{engine}` out of `servedBy`, or the field out of the app."
            look.add(("servedBy",), what, fix)


def _field(name: str) -> Path:
    return tuple(name.split(".")) if name else ()


def _names(lab: Lab) -> tuple[str, ...]:
    return tuple(repository.name for repository in lab.repositories)
