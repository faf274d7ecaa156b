"""Starting a lab: parameters are picked, seeds rendered, and a workspace brought up from them."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.checks import World
from gitops_lab.course.idle import QUIET, wait_idle
from gitops_lab.course.needs import require
from gitops_lab.engine.app import App, Source
from gitops_lab.engine.footprint import KUSTOMIZATION_FILES
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.errors import WorkspaceError
from gitops_lab.kube import Client, Object, yamls
from gitops_lab.kube.errors import Conflict
from gitops_lab.kube.order import apply_order
from gitops_lab.lab import Lab, StartObjects
from gitops_lab.lab.changes import seeds
from gitops_lab.lab.inspect_world import rendered
from gitops_lab.lab.template import render
from gitops_lab.workspace import (
    Report,
    SeedRepo,
    Workspace,
    WorkspacePlan,
    open_workspace,
    resume,
    up,
    workspaces,
)
from gitops_lab.workspace.settle import apply_or_replace

CLONES = "gitops-lab"
_INTERVAL = 10
"""Seconds after which Flux looks again in a lab, so that nobody waits ten minutes for healing."""
_HEALTH = 30
"""Seconds for which it waits for health there; a new commit waits as long. It takes no fewer."""


@dataclass(frozen=True)
class Options:
    """How a lab is to be started; what is empty is as the lab says."""

    workspace: str = ""
    clones: Path | None = None
    provider: str = "embedded"
    provider_options: Mapping[str, str] = field(default_factory=dict)
    engine: str = "builtin"
    timing: str = "lab"
    parameters: Mapping[str, Any] | None = None

    def engines(self, lab: Lab) -> tuple[str, ...]:
        """What is spoken beside our own kind: what the lab names, and what was asked for."""
        return tuple(sorted({*lab.engines, self.engine} - {"builtin"}))


def pick(lab: Lab, chance: random.Random | None = None) -> dict[str, Any]:
    """A set of parameters for one learner, picked at random."""
    chance = chance or random.SystemRandom()
    return {parameter.name: chance.choice(parameter.choices) for parameter in lab.parameters}


def plan_for(lab: Lab, options: Options) -> WorkspacePlan:
    """Everything that the lab's workspace is made of."""
    chosen = pick(lab) if options.parameters is None else dict(options.parameters)
    values = {**chosen, **lab.facts(options.engine)}
    clones = options.clones or Path.cwd() / CLONES / lab.name
    files = seeds(lab, values)
    return WorkspacePlan(
        name=options.workspace or lab.name,
        clusters=lab.clusters,
        repositories=tuple(
            SeedRepo(repo.name, files[repo.name], render(repo.message, values))
            for repo in lab.repositories
        ),
        objects=tuple(first_objects(lab, values, options.engine)),
        elsewhere=namespaces_elsewhere(lab, values, options.engine),
        later=tuple(o for e in lab.objects if _late(lab, e) for o in _read(lab, e, values)),
        clones=clones,
        lab=lab.name,
        lab_path=str(lab.folder),
        parameters=values,
        provider=options.provider,
        options=options.provider_options,
        engine=options.engine,
        timing=options.timing,
        engines=options.engines(lab),
    )


def bring_up(lab: Lab, options: Options, *, home: Path, report: Report) -> tuple[Workspace, bool]:
    """The lab's workspace, running: a new one (True), or the one that was there (False).

    Raises `WorkspaceError`, also when the workspace of that name belongs to another lab.
    """
    name = options.workspace or lab.name
    if name in workspaces(home):
        workspace = open_workspace(name, home=home)
        if workspace.lab_name != lab.name:
            raise WorkspaceError(
                f"the workspace {name!r} belongs to {workspace.lab_name or 'no lab'}.",
                reason="OtherLab",
                hint="Name another one with --workspace, or remove it with `gitops-lab down`.",
            )
        if workspace.record.complete:
            _refuse_another(workspace, options)
            if not workspace.running():
                workspace = resume(workspace, report=report)
            return workspace, False
    require(lab, options.provider)
    return up(plan_for(lab, options), home=home, report=report), True


def _refuse_another(workspace: Workspace, options: Options) -> None:
    """Refuse what a workspace that is there already can't become."""
    record = workspace.record
    asked = {
        "--provider": (options.provider, (Options.provider, record.provider)),
        "--timing": (options.timing, (Options.timing, record.timing)),
        "--engine": (options.engine, (Options.engine, *record.engines)),
    }
    for option, (word, fine) in asked.items():
        if word not in fine:
            raise WorkspaceError(
                f"the workspace {workspace.name!r} is there already, and {option} {word} is for a "
                "new one.",
                reason="MadeOtherwise",
                hint="Leave the option out to go on with it, name another one with --workspace, or "
                "remove it with `gitops-lab down`.",
            )


def settle_in(lab: Lab, workspace: Workspace) -> None:
    """Wait for the first sync, and put there what the lab has beside it."""
    world = World(workspace, workspace.parameters)
    # Our own engine says only in one breath that it is done, and `up` has just heard it.
    wait_idle(world, quiet=QUIET if workspace.record.engines else 0.0)
    if late_objects(lab, workspace):
        wait_idle(world)


def first_objects(lab: Lab, values: Mapping[str, Any], engine: str = "builtin") -> Iterator[Object]:
    """What is applied to the first cluster at once: namespaces, objects, and the apps.

    Under another engine its own resources stand in the place of GitOpsApps.
    """
    namespaces = dict.fromkeys(app["metadata"]["namespace"] for app in lab.apps)
    for name in namespaces:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    for entry in lab.objects:
        if not _late(lab, entry):
            yield from _read(lab, entry, values)
    for app in lab.apps:
        yield from _as_asked(lab, rendered(app, dict(values)), engine)


def namespaces_elsewhere(
    lab: Lab, values: Mapping[str, Any], engine: str
) -> dict[str, list[Object]]:
    """Namespaces of apps in other clusters than the first, by cluster; Flux makes none itself."""
    found: dict[str, list[Object]] = {}
    for app in lab.apps if engine == "flux" else ():
        asked = App.from_object(rendered(app, dict(values)))
        if asked.destination.cluster != lab.clusters[0]:
            found.setdefault(asked.destination.cluster, []).extend(_namespace_of(lab, asked))
    return found


def _as_asked(lab: Lab, app: Object, engine: str) -> Iterator[Object]:
    if engine == "builtin":
        yield app
        return
    from gitops_lab.dialects.export import Setting, as_argocd, as_flux
    from gitops_lab.dialects.urls import EVERYWHERE

    setting = Setting(
        lambda repo: f"http://{EVERYWHERE}/{repo}.git",
        lambda source: _kind_in(lab, source),
        home=lab.clusters[0],
        interval=_INTERVAL,
        timeout=_HEALTH,
        releases_wait=False,  # a release that gets nowhere would hold up the next commit
    )
    asked = App.from_object(app)
    if engine == "flux" and asked.destination.cluster == lab.clusters[0]:
        yield from _namespace_of(lab, asked)
    yield from (as_argocd if engine == "argocd" else as_flux)(asked, setting).objects


def _namespace_of(lab: Lab, asked: App) -> Iterator[Object]:
    """What a Kustomization needs to be there; a HelmRelease makes it."""
    from gitops_lab.dialects.export import HELM

    if asked.destination.create_namespace and _kind_in(lab, asked.source) != HELM:
        name = asked.destination.namespace
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _kind_in(lab: Lab, source: Source) -> str:
    """How a source of the lab is rendered, as the files say with which it begins."""
    from gitops_lab.dialects.export import FOLDER, HELM, KUSTOMIZE

    seed = next((repo.seed for repo in lab.repositories if repo.name == source.repo), "")
    folder = lab.folder / seed / source.path
    if source.helm or source.chart or (folder / "Chart.yaml").exists():
        return HELM
    builds = any((folder / name).exists() for name in KUSTOMIZATION_FILES)
    return KUSTOMIZE if source.kustomize or builds else FOLDER


def late_objects(lab: Lab, workspace: Workspace) -> bool:
    """Apply what somebody did by hand before the learner came, and what other clusters have.

    True when there was any. A field that Git has taken over since stays Git's; what others did
    by hand in the meantime is overwritten.
    """
    entries = [entry for entry in lab.objects if _late(lab, entry)]
    for entry in entries:
        manager = render(entry.manager, workspace.parameters) or "gitops-lab-start"
        client = workspace.client(entry.cluster)
        for obj in sorted(_read(lab, entry, workspace.parameters), key=apply_order):
            _apply(client, obj, manager)
    return bool(entries)


def _apply(client: Client, obj: Object, manager: str) -> None:
    try:
        apply_or_replace(client, obj, manager)
    except Conflict as error:
        if f'"{FIELD_MANAGER}"' not in error.message:
            apply_or_replace(client, obj, manager, force=True)


def _late(lab: Lab, entry: StartObjects) -> bool:
    return bool(entry.manager) or entry.cluster != lab.clusters[0]


def _read(lab: Lab, entry: StartObjects, values: Mapping[str, Any]) -> list[Object]:
    text = (lab.folder / entry.file).read_text(encoding="utf-8")
    documents = yamls.load_all(render(text, values, file=entry.file), file=entry.file)
    return [document.obj for document in documents]
