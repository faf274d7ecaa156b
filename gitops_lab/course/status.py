"""How a lab stands, as data: its steps, its apps, its addresses, its clones."""

from dataclasses import asdict, dataclass
from typing import Any

from gitops_lab.checks.answers import url_of
from gitops_lab.checks.world import World, cluster_of, managed
from gitops_lab.course.session import Session
from gitops_lab.kube import Object


@dataclass(frozen=True)
class StepState:
    """A step and how far it is."""

    id: str
    title: str
    passed: bool
    current: bool
    checks: int
    hints: int
    solved: bool


@dataclass(frozen=True)
class AppState:
    """An app as the engine tells of it, and where its Services answer."""

    name: str
    namespace: str
    cluster: str
    sync: str
    revision: str
    health: str
    message: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabStatus:
    """Everything that `status` shows of a lab. `missing` is what should run and doesn't."""

    lab: str
    title: str
    workspace: str
    running: bool
    missing: tuple[str, ...]
    steps: tuple[StepState, ...]
    apps: tuple[AppState, ...]
    clones: dict[str, str]
    kubeconfig: str

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def status_of(session: Session) -> LabStatus:
    """How a lab stands; the apps are left out while nothing runs."""
    workspace, lab = session.workspace, session.lab
    missing = workspace.missing()
    return LabStatus(
        lab=lab.name,
        title=lab.title,
        workspace=workspace.name,
        running=not missing,
        missing=tuple(missing),
        steps=_steps(session),
        apps=() if missing else tuple(app_state(session.world(), app) for app in _apps(session)),
        clones=dict(workspace.record.clones),
        kubeconfig=str(workspace.kubeconfig),
    )


def _steps(session: Session) -> tuple[StepState, ...]:
    record, current = session.record, session.current()
    states = []
    for step in session.lab.steps:
        progress = record.step(step.id)
        states.append(
            StepState(
                step.id,
                step.title,
                progress.passed,
                step is current and not progress.passed,
                progress.checks,
                len(progress.hints),
                progress.solved,
            )
        )
    return tuple(states)


def _apps(session: Session) -> list[Object]:
    return session.world().apps()


def app_state(world: World, app: Object) -> AppState:
    """An app as its resource tells."""
    status = app.get("status") or {}
    sync, health = status.get("sync") or {}, status.get("health") or {}
    return AppState(
        name=app["metadata"]["name"],
        namespace=app["metadata"]["namespace"],
        cluster=cluster_of(app) or world.home,
        sync=sync.get("status", "Unknown"),
        revision=sync.get("revision", ""),
        health=health.get("status", "Unknown"),
        message=status.get("message", ""),
        urls=tuple(urls_of(world, app)),
    )


def urls_of(world: World, app: Object) -> list[str]:
    """Where the Services of an app answer on this machine."""
    keys = [e.key for e in managed(app) if e.key.kind == "Service" and not e.key.group]
    found = (world.find("v1/Service", k.name, k.namespace, cluster_of(app)) for k in keys)
    return [url for service in found if service and (url := url_of(service))]
