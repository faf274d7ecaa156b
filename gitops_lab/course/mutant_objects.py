"""Ways to spoil the objects that a step is about, by hand and behind the engine's back.

Nothing runs here.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from gitops_lab.course.mutant import Mutant, named
from gitops_lab.course.mutant_engines import BUILT, KINDS, App, Made, about, space_of, touches
from gitops_lab.course.mutant_files import YAML, Actions, Change
from gitops_lab.lab import Run
from gitops_lab.lab.changes import Repositories

_HEALS = ("spec", "syncPolicy", "automated", "selfHeal")
_MET = ("deployment", "service")
"""What the visitors of an App meet: right objects are what a command about the App is for."""


def subjects(
    apps: list[App], every: list[App], found: list[Change], solved: Repositories, told: list[str]
) -> list[tuple[Made, list[App]]]:
    """The objects that a solution is about, each with the Apps that keep it."""
    kept = {
        made: [app for app in every if made in app.objects] for app in every for made in app.objects
    }
    files = {(change.repo, change.file) for change in found}
    theirs: dict[Made, list[App]] = {}
    for app in apps:
        own = any(touches(app, word) for word in told)
        for made in app.objects:
            if (
                (own and made.kind in _MET)
                or any(about(made, word) for word in told)
                or _changes(app, made, files, solved)
            ):
                theirs[made] = kept[made]
    for made in _loose(solved, told):
        if not any((m.kind, m.name) == (made.kind, made.name) for m in theirs):
            theirs[made] = []
    return list(theirs.items())


def _changes(app: App, made: Made, files: set[tuple[str, str]], solved: Repositories) -> bool:
    """Whether a changed file describes an object, or a build that it comes from."""
    for repo, name in app.reads & files:
        if posixpath.basename(name) in BUILT:
            return True
        text = solved[repo][name].decode(errors="replace")
        if any(
            (o["kind"].lower(), o["metadata"]["name"]) == (made.kind, made.name)
            for o in named(text)
        ):
            return True
    return False


def _loose(solved: Repositories, told: list[str]) -> Iterator[Made]:
    """Objects of the repositories that no App keeps and commands are about."""
    for files in solved.values():
        for name, content in files.items():
            if not name.endswith(YAML):
                continue
            for obj in named(content.decode(errors="replace")):
                for word in told:
                    space = re.search(r"(?:--namespace|-n)[= ]([-\w]+)", word)
                    where = space_of(obj, space[1] if space else "")
                    made = Made(str(obj.get("kind")).lower(), obj["metadata"]["name"], where)
                    if obj.get("kind") not in KINDS and about(made, word):
                        yield made


def objects_spoiled(
    solution: Actions, theirs: list[tuple[Made, list[App]]], *, heals: bool
) -> Iterator[Mutant]:
    """An object is changed by hand, and no engine may take it back.

    `heals` says that the lab has let Argo CD heal by now.
    """
    for made, apps in theirs:
        held = [each for app in apps if (each := _held(app, heals=heals))]
        off, on = tuple(each[0] for each in held), tuple(each[1] for each in held)
        how = held[0][2] if held else ""
        where = f" in {made.namespace}" if made.namespace else ""
        for name, spoil in _ways(made):
            actions = (*solution, *off, made.kubectl(*spoil))
            yield Mutant(f"{made.told}{where} {name}{how}", actions, on)


def _held(app: App, *, heals: bool) -> tuple[Run, Run, str] | None:
    """What keeps an App from taking a change back, its contrary, and in words; None for nothing.

    Argo CD goes on to compare, so that it says what differs.
    """
    if app.kind.short != "application":
        return app.stop(), app.free(), ", the engine suspended"
    if not (heals or app.has(_HEALS)):
        return None
    off, on = app.pointed(_HEALS, None), app.pointed_back(_HEALS, value=True)
    return off, on, ", healing switched off"


def _ways(made: Made) -> Iterator[tuple[str, tuple[str, ...]]]:
    ways: Mapping[str, Callable[[], Iterator[tuple[str, tuple[str, ...]]]]] = {
        "deployment": _workload,
        "configmap": _data,
        "secret": _data,
        "service": _service,
    }
    yield from ways.get(made.kind, _any)()


def _any() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "deleted by hand", ("delete", "{}")


def _workload() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "deleted by hand", ("delete", "{}")
    yield "scaled to none by hand", ("scale", "{}", "--replicas=0")
    yield "with an image that is nowhere", ("set", "image", "{}", "*=gitops-lab/web:nowhere")
    probe = "/spec/template/spec/containers/0/readinessProbe"
    never = {"op": "add", "path": probe, "value": {"tcpSocket": {"port": 1}}}
    yield "that never gets ready", ("patch", "{}", "--type=json", f"--patch={json.dumps([never])}")


def _data() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "deleted by hand", ("delete", "{}")
    empty = '--patch=[{"op":"remove","path":"/data"}]'
    yield "emptied by hand", ("patch", "{}", "--type=json", empty)


def _service() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "deleted by hand", ("delete", "{}")
    yield "that finds no pods", ("patch", "{}", '--patch={"spec":{"selector":{"app":"nobody"}}}')
