"""Applications as Apps, for those who read: the command line and the page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from gitops_lab.dialects.argocd.application.difference import MANAGER
from gitops_lab.dialects.argocd.application.shelf import known_entries
from gitops_lab.dialects.argocd.application.sources import RepoOf, read_source
from gitops_lab.dialects.argocd.application.spec import API_VERSION, COMPONENT, KIND, Spec, read
from gitops_lab.dialects.argocd.application.tasks import RUNNING
from gitops_lab.dialects.argocd.application.tracking import Tracking
from gitops_lab.dialects.argocd.clusters import IN_CLUSTER_NAME
from gitops_lab.dialects.argocd.seams import DefaultSettings
from gitops_lab.engine.app import App, Destination, SyncPolicy
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.marks import Write
from gitops_lab.engine.news import Note
from gitops_lab.engine.publish import ResourcePublisher, Style
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.source_spec import Source
from gitops_lab.engine.status import HistoryEntry, LastSync, ObjectStatus, Status, SyncStatus
from gitops_lab.engine.sync_spec import SyncOptions
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.objects import name_of, namespace_of, uid_of

NAME = "argocd"


class ApplicationFront:
    """The Front of Applications; it writes nothing: they have a controller of their own."""

    name = NAME
    api_version = API_VERSION
    kind = KIND
    component = COMPONENT
    semantics = Semantics(
        name=NAME,
        field_manager=MANAGER,
        write=Write.CLIENT,
        share=True,
        marks=Tracking(DefaultSettings()),
    )

    def __init__(self, repo_of: RepoOf, home: str = "main") -> None:
        """`home` is the cluster in which the Applications are."""
        self._repo_of = repo_of
        self._home = home

    def definitions(self) -> Sequence[Object]:
        """The dialect brings them."""
        return ()

    def app(self, obj: Object) -> App:
        """The App that says the same, as far as an App can. Raises AppError."""
        spec = read(obj)
        sources = [
            read_source(
                raw, f"spec.sources[{at}]" if spec.several else "spec.source", self._repo_of
            )
            for at, raw in enumerate(spec.sources)
        ]
        if not sources:
            raise AppError("spec.source or spec.sources must be provided.")
        return App(
            namespace=namespace_of(obj),
            name=name_of(obj),
            source=replace(_named(sources[0]), others=tuple(_named(one) for one in sources[1:])),
            destination=_destination(spec, self._home),
            sync_policy=_policy(spec),
            uid=uid_of(obj),
            front=NAME,
            kind=KIND,
            options=SyncOptions(ignore=spec.ignore),
        )

    def leaving(self, obj: Object) -> App:
        """The App of an Application that is being deleted."""
        return App(namespace_of(obj), name_of(obj), Source(""), front=NAME, kind=KIND)

    def previous(self, obj: Object) -> Status:
        """The status, read."""
        return status_of(obj)

    def publisher(self, client: Client, obj: Object) -> ResourcePublisher:
        """Nothing of an Application is written through it."""
        style = Style(lambda status, before, now: before, "", lambda app: None)
        return ResourcePublisher(client, {**obj, "apiVersion": API_VERSION, "kind": KIND}, style)

    def version(self, obj: Object) -> str:
        """The generation."""
        return str(obj["metadata"].get("generation", 0))

    def reads(self, obj: Object) -> Iterator[tuple[str, str]]:
        """The workspace's repositories among its sources."""
        spec = obj.get("spec") or {}
        for raw in (spec.get("source") or {}, *(spec.get("sources") or [])):
            if repo := self._repo_of(str(raw.get("repoURL", ""))):
                yield repo, str(raw.get("targetRevision") or "main")

    def needs(self, obj: Object) -> Iterator[str]:
        """Applications depend on none."""
        return iter(())

    def news(self, before: Status, after: Status) -> Iterator[Note]:
        """The controller writes the events."""
        return iter(())


def status_of(obj: Object) -> Status:
    """An Application's `.status` as the engine's own, as far as it can say the same."""
    said = obj.get("status") or {}
    state = said.get("operationState") or {}
    sync = said.get("sync") or {}
    conditions = said.get("conditions") or []
    error = next((one for one in conditions if str(one.get("type", "")).endswith("Error")), None)
    reason, message = _reason(said, state, error)
    return Status(
        observed_generation=int(obj["metadata"].get("generation", 0)),
        stage=_stage(error, state),
        reason=reason,
        message=message,
        revision=_revision(sync),
        sync=_word(SyncStatus, sync.get("status"), SyncStatus.UNKNOWN),
        health=Health(
            _word(HealthStatus, (said.get("health") or {}).get("status"), HealthStatus.UNKNOWN)
        ),
        objects=tuple(_row(row, state) for row in said.get("resources") or []),
        inventory=tuple(known_entries(said)),
        history=tuple(_entry(entry) for entry in said.get("history") or []),
        last_sync=_last_sync(state),
        failed=error is not None or state.get("phase") in ("Failed", "Error"),
    )


def _reason(said: Object, state: Object, error: Object | None) -> tuple[str, str]:
    if state.get("phase") == RUNNING:
        return "Syncing", str(state.get("message", ""))
    if error is not None:
        return str(error["type"]), str(error.get("message", ""))
    if state.get("phase") in ("Failed", "Error"):
        return "SyncFailed", str(state.get("message", ""))
    sync = (said.get("sync") or {}).get("status", "")
    if sync != "Synced":
        return str(sync or "Unknown"), str(state.get("message", ""))
    health = str((said.get("health") or {}).get("status", ""))
    return ("Synced" if health == "Healthy" else health), str(state.get("message", ""))


def _stage(error: Object | None, state: Object) -> str:
    if error is not None:
        kinds = {"InvalidSpecError": "app", "ComparisonError": "source"}
        return kinds.get(str(error.get("type")), "apply")
    return "apply" if state.get("phase") in (RUNNING, "Failed", "Error") else "health"


def _revision(sync: Object) -> str:
    revisions = sync.get("revisions") or []
    return str(sync.get("revision") or (revisions[0] if revisions else ""))


def _row(row: Object, state: Object) -> ObjectStatus:
    key = ObjectKey(
        row.get("group", ""), row.get("kind", ""), row.get("namespace", ""), row.get("name", "")
    )
    results = (state.get("syncResult") or {}).get("resources") or []
    mine: Object = next(
        (r for r in results if (r.get("kind"), r.get("name")) == (key.kind, key.name)), {}
    )
    status = _word(SyncStatus, row.get("status"), SyncStatus.UNKNOWN)
    pruning = "left Git: it would be pruned" if row.get("requiresPruning") else ""
    return ObjectStatus(key, status, message=pruning or str(mine.get("message", "")))


def _entry(entry: Object) -> HistoryEntry:
    revisions = entry.get("revisions") or []
    revision = str(entry.get("revision") or (revisions[0] if revisions else ""))
    return HistoryEntry(int(entry.get("id", 0)), revision, str(entry.get("deployedAt", "")))


def _last_sync(state: Object) -> LastSync | None:
    if not state:
        return None
    automated = ((state.get("operation") or {}).get("initiatedBy") or {}).get("automated")
    return LastSync(
        _revision(state.get("syncResult") or {}),
        str(state.get("startedAt", "")),
        str(state.get("finishedAt", "")),
        str(state.get("phase", "")),
        "commit" if automated else "manual",
        str(state.get("message", "")),
    )


def _named(source: Source) -> Source:
    """HEAD is the default branch, which is `main` where the workspace made the repository."""
    return replace(source, revision="main") if source.revision == "HEAD" else source


def _destination(spec: Spec, home: str) -> Destination:
    name = spec.destination.get("name", "")
    return Destination(
        home if name in ("", IN_CLUSTER_NAME) else name,
        spec.target_namespace or "default",
        spec.options.create_namespace,
    )


def _policy(spec: Spec) -> SyncPolicy:
    auto = spec.automated
    return SyncPolicy(
        auto is not None,
        prune=auto is not None and auto.prune,
        self_heal=auto is not None and auto.self_heal,
    )


W = TypeVar("W", SyncStatus, HealthStatus)


def _word(kind: type[W], text: object, default: W) -> W:
    try:
        return kind(str(text))
    except ValueError:
        return default
