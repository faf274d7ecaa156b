"""The Apps of every engine that a workspace speaks, for the commands of `gitops-lab app`.

What is asked of an Application is asked as Argo CD wants it: by its `operation`, its annotations.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitops_lab.cli.options import ENGINES
from gitops_lab.errors import UsageError

if TYPE_CHECKING:
    from gitops_lab.engine.front import Front
    from gitops_lab.engine.ops import AppView
    from gitops_lab.kube import Client, Object
    from gitops_lab.workspace import Workspace

_PATIENCE, _PAUSE, _QUIET = 60.0, 0.1, 0.5
_REQUESTED = "reconcile.fluxcd.io/requestedAt"
_REFRESH = "argocd.argoproj.io/refresh"


@dataclass(frozen=True)
class Found:
    """An App: through which Front it is served, how it is seen, and the resource itself."""

    front: "Front"
    view: "AppView"
    raw: "Object"

    @property
    def is_native(self) -> bool:
        """Whether it is a GitOpsApp."""
        return self.front.name == "native"

    @property
    def engine(self) -> str:
        """The engine's name, "" for our own."""
        return "" if self.is_native else self.front.name


def list_all(workspace: "Workspace", namespace: str = "") -> list[Found]:
    """All Apps of all engines, ours first."""
    from gitops_lab.engine.form import as_native
    from gitops_lab.engine.ops import AppView
    from gitops_lab.engine.status_object import from_object
    from gitops_lab.kube.errors import NotFound

    found = []
    client = workspace.client()
    for front in _fronts(workspace):
        try:
            items = client.list(front.api_version, front.kind, namespace).items
        except NotFound:
            continue
        mine = []
        for obj in items:
            form = as_native(front, obj)
            mine.append(Found(front, AppView(form, from_object(form.get("status"))), obj))
        found += sorted(mine, key=lambda one: (one.view.namespace, one.view.name))
    return found


def find(workspace: "Workspace", name: str, namespace: str = "") -> Found:
    """The App of that name, of whatever engine; a GitOpsApp goes first. Raises AppError."""
    from gitops_lab.engine import ops
    from gitops_lab.engine.errors import AppError

    everyone = list_all(workspace, namespace)
    same = [one for one in everyone if one.view.name == name]
    natives = [one for one in same if one.is_native]
    if len(same) == 1 or len(natives) == 1:
        return (natives or same)[0]
    if natives or not same:
        others = [one.view.name for one in everyone if not one.is_native]
        try:
            view = ops.find_app(workspace.client(), name, namespace)
        except AppError as error:
            if others and error.reason == "AppNotFound":
                error.hint = f"{error.hint.rstrip('.')}; of other engines: {', '.join(others)}."
            raise
        return Found(_fronts(workspace)[0], view, view.obj)
    places = ", ".join(f"{one.front.kind} in {one.view.namespace}" for one in same)
    raise AppError(
        f"there are {len(same)} Apps named {name}: {places}.",
        reason="AppAmbiguous",
        hint="Name the namespace too.",
    )


def native(workspace: "Workspace", name: str, namespace: str, command: str) -> "AppView":
    """A GitOpsApp, for a command that only these know. Raises UsageError for another."""
    found = find(workspace, name, namespace)
    if found.is_native:
        return found.view
    raise UsageError(
        f"`app {command}` is for GitOpsApps; {name} is {_a(found.front.kind)}.",
        reason="OtherEngine",
        hint=_INSTEAD.get(command, "Use kubectl, as at work."),
    )


def refresh(workspace: "Workspace", found: Found) -> Found | None:
    """Let an App of another engine look again; None when nobody answered in time."""
    client = workspace.client()
    if found.engine.startswith("flux"):
        return _reconcile(workspace, found)
    client.patch(found.raw, {"metadata": {"annotations": {_REFRESH: "normal"}}})

    def done(obj: "Object") -> bool:
        return _REFRESH not in (obj["metadata"].get("annotations") or {})

    return _await(workspace, found, done)


def sync(workspace: "Workspace", found: Found, only: Sequence[str]) -> Found | None:
    """As `argocd app sync` or `flux reconcile` does. Raises UsageError."""
    if found.engine.startswith("flux"):
        if only:
            raise UsageError("Flux reconciles all of a unit, and no part of it.")
        return _reconcile(workspace, found)
    sync: dict[str, Any] = {}
    spec = found.raw.get("spec") or {}
    policy = spec.get("syncPolicy") or {}
    if (policy.get("automated") or {}).get("prune"):
        sync["prune"] = True
    if options := policy.get("syncOptions"):
        sync["syncOptions"] = options
    if only:
        sync["resources"] = [_selected(found, one) for one in only]
    return _operate(workspace, found, sync)


def rollback(workspace: "Workspace", found: Found, entry: int) -> Found | None:
    """Deploy what an entry of the history names, as `argocd app rollback` does. UsageError."""
    if found.engine.startswith("flux"):
        raise UsageError(
            f"{_a(found.front.kind)} has no rollback.",
            reason="NoRollback",
            hint="Revert the commit in Git: `app rollback --revert`.",
        )
    spec = found.raw.get("spec") or {}
    automated = (spec.get("syncPolicy") or {}).get("automated")
    if automated is not None and automated.get("enabled", True):
        raise UsageError(
            "rollback cannot be initiated when auto-sync is enabled.",
            reason="AutoSyncEnabled",
            hint="Revert the commit in Git, or take spec.syncPolicy.automated out first.",
        )
    history = (found.raw.get("status") or {}).get("history") or []
    chosen = next(one for one in history if int(one.get("id", 0)) == entry)
    sync: dict[str, Any] = {"revision": chosen.get("revision", ""), "source": chosen.get("source")}
    if "sources" in chosen:
        sync = {"revisions": chosen.get("revisions"), "sources": chosen["sources"]}
    return _operate(workspace, found, sync)


def suspend(workspace: "Workspace", found: Found, suspended: bool) -> None:
    """Leave a unit of Flux alone, or take it up again, as `flux suspend` does. UsageError."""
    if not found.engine.startswith("flux"):
        verb = "suspend" if suspended else "resume"
        raise UsageError("Argo CD has no suspend.", reason="OtherEngine", hint=_INSTEAD[verb])
    workspace.client().patch(found.raw, {"spec": {"suspend": suspended}})


def _reconcile(workspace: "Workspace", found: Found) -> Found | None:
    mark = f"{time.time_ns():x}"
    client = workspace.client()
    client.patch(found.raw, {"metadata": {"annotations": {_REQUESTED: mark}}})

    def done(obj: "Object") -> bool:
        return bool((obj.get("status") or {}).get("lastHandledReconcileAt") == mark)

    return _await(workspace, found, done)


def _operate(workspace: "Workspace", found: Found, sync: dict[str, Any]) -> Found | None:
    if found.raw.get("operation"):
        raise UsageError(
            "another operation is already in progress.",
            reason="OperationInProgress",
            hint="Wait for its end, or end it: set .status.operationState.phase to Terminating.",
        )
    before = ((found.raw.get("status") or {}).get("operationState") or {}).get("startedAt")
    operation = {"initiatedBy": {"username": "gitops-lab"}, "sync": sync}
    patched = workspace.client().patch(found.raw, {"operation": operation})

    def done(obj: "Object") -> bool:
        state = (obj.get("status") or {}).get("operationState") or {}
        ended = state.get("phase") in ("Succeeded", "Failed", "Error")
        return "operation" not in obj and ended and _newer(state, before, patched)

    return _await(workspace, found, done)


def _newer(state: "Object", before: object, patched: "Object") -> bool:
    mine = (state.get("operation") or {}).get("initiatedBy", {}).get("username") == "gitops-lab"
    return mine and "operation" in patched and (state.get("startedAt") != before or before is None)


def _await(workspace: "Workspace", found: Found, done: Any) -> Found | None:
    deadline = time.monotonic() + _PATIENCE
    who = found.raw["metadata"]
    client: Client = workspace.client()
    last, since = "", 0.0
    while time.monotonic() < deadline:
        front = found.front
        obj = client.get(front.api_version, front.kind, who["name"], who["namespace"])
        version = obj["metadata"]["resourceVersion"]
        if version != last:
            last, since = version, time.monotonic()
        elif done(obj) and time.monotonic() - since > _QUIET:
            return find(workspace, who["name"], who["namespace"])
        time.sleep(_PAUSE)
    return None


def _selected(found: Found, name: str) -> dict[str, str]:
    kind, _, own = name.partition("/")
    rows = (found.raw.get("status") or {}).get("resources") or []
    for row in rows:
        if (str(row.get("kind", "")).lower(), row.get("name")) == (kind.lower(), own):
            wanted = ("group", "kind", "name", "namespace")
            return {key: str(row[key]) for key in wanted if row.get(key)}
    known = ", ".join(f"{row.get('kind')}/{row.get('name')}" for row in rows[:12]) or "none"
    raise UsageError(f"the Application has no object {name!r}.", hint=f"It has: {known}.")


def _fronts(workspace: "Workspace") -> "Sequence[Front]":
    from gitops_lab.dialects import fronts_of
    from gitops_lab.engine.native import GitOpsApps

    client, names = workspace.client(), workspace.repositories.names
    port, home = workspace.record.git_port, workspace.clusters[0]
    others = [
        front for engine in ENGINES[1:] for front in fronts_of(engine, client, names, port, home)
    ]
    return (GitOpsApps(), *others)


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind}"


_INSTEAD = {
    "suspend": "Set spec.syncPolicy.automated.enabled to false.",
    "resume": "Set spec.syncPolicy.automated.enabled to true.",
}
