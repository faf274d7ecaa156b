"""Kustomizations and HelmReleases as Apps, for those who read: the command line and the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.conditions import find_condition
from gitops_lab.engine.app import App, Destination, SyncPolicy
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.ids import app_id
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.news import Note
from gitops_lab.engine.publish import ResourcePublisher, Style
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.source_spec import HelmOptions, Source
from gitops_lab.engine.status import ObjectStatus, Status, SyncStatus
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.objects import name_of, namespace_of, uid_of

SOURCES = "source.toolkit.fluxcd.io/v1"
RepoOf = Callable[[str], str | None]


class FluxFront:
    """One of the two kinds. It writes nothing: Flux's kinds have controllers of their own."""

    def __init__(
        self, api_version: str, kind: str, client: Client, repo_of: RepoOf, home: str = "main"
    ) -> None:
        self.api_version = api_version
        self.kind = kind
        self.name = f"flux-{kind.lower()}"
        controller = "helm" if kind == "HelmRelease" else "kustomize"
        self.component = f"{controller}-controller"
        self.semantics = Semantics(name=self.name, field_manager=self.component, share=True)
        self._client = client
        self._repo_of = repo_of
        self._home = home

    def definitions(self) -> Sequence[Object]:
        """The dialect brings them."""
        return ()

    def app(self, obj: Object) -> App:
        """The App that says the same, as far as an App can. Raises ApiError."""
        spec = obj.get("spec") or {}
        chart = (spec.get("chart") or {}).get("spec") or {}
        path = str(spec.get("path") or chart.get("chart") or ".").removeprefix("./") or "."
        repo, revision = self._source(obj)
        helm = HelmOptions() if self.kind == "HelmRelease" else None
        heals = (spec.get("driftDetection") or {}).get("mode", "disabled") == "enabled"
        return App(
            namespace=namespace_of(obj),
            name=name_of(obj),
            source=Source(repo, revision or "main", path, helm=helm),
            destination=Destination(self._home, spec.get("targetNamespace") or namespace_of(obj)),
            sync_policy=SyncPolicy(True, bool(spec.get("prune", helm is not None)), heals),
            suspend=bool(spec.get("suspend")),
            uid=uid_of(obj),
            front=self.name,
            kind=self.kind,
        )

    def leaving(self, obj: Object) -> App:
        """The App of a resource that is being deleted."""
        return App(namespace_of(obj), name_of(obj), Source(""), front=self.name, kind=self.kind)

    def previous(self, obj: Object) -> Status:
        """The status, read."""
        return status_of(obj)

    def publisher(self, client: Client, obj: Object) -> ResourcePublisher:
        """Nothing is written through it."""
        style = Style(lambda status, before, now: before, "", lambda app: None)
        whole = {**obj, "apiVersion": self.api_version, "kind": self.kind}
        return ResourcePublisher(client, whole, style)

    def version(self, obj: Object) -> str:
        """The generation."""
        return str(obj["metadata"].get("generation", 0))

    def reads(self, obj: Object) -> Iterator[tuple[str, str]]:
        """None: pushes are seen by its source."""
        return iter(())

    def needs(self, obj: Object) -> Iterator[str]:
        """What `spec.dependsOn` names."""
        for one in (obj.get("spec") or {}).get("dependsOn") or []:
            home = one.get("namespace") or namespace_of(obj)
            yield app_id(self.name, home, str(one.get("name", "")))

    def news(self, before: Status, after: Status) -> Iterator[Note]:
        """The controllers write the events."""
        return iter(())

    def _source(self, obj: Object) -> tuple[str, str]:
        """The repository and the revision of the GitRepository that is named; "" for others."""
        spec = obj.get("spec") or {}
        chart = (spec.get("chart") or {}).get("spec") or {}
        ref: Mapping[str, Any] = spec.get("sourceRef") or chart.get("sourceRef") or {}
        if ref.get("kind") != "GitRepository":
            return "", ""
        home = ref.get("namespace") or namespace_of(obj)
        source = self._client.get(SOURCES, "GitRepository", str(ref.get("name", "")), home)
        asked = source["spec"].get("ref") or {}
        revision = next((asked[k] for k in ("commit", "semver", "tag", "branch") if k in asked), "")
        return self._repo_of(str(source["spec"].get("url", ""))) or "", str(revision)


def fronts(client: Client, repo_of: RepoOf, home: str = "main") -> tuple[FluxFront, ...]:
    """Both kinds; `home` is the cluster in which the resources are."""
    return (
        FluxFront("kustomize.toolkit.fluxcd.io/v1", "Kustomization", client, repo_of, home),
        FluxFront("helm.toolkit.fluxcd.io/v2", "HelmRelease", client, repo_of, home),
    )


def status_of(obj: Object) -> Status:
    """A resource's `.status` as the engine's own, as far as it can say the same."""
    said: Mapping[str, Any] = obj.get("status") or {}
    spec: Mapping[str, Any] = obj.get("spec") or {}
    ready = find_condition(said.get("conditions"), "Ready") or {}
    word, message = str(ready.get("status", "")), str(ready.get("message", ""))
    entries = tuple(_entries(said))
    sync, health = _WORDS.get(word, (SyncStatus.UNKNOWN, HealthStatus.PROGRESSING))
    reason = "Suspended" if spec.get("suspend") else str(ready.get("reason", ""))
    return Status(
        observed_generation=int(obj["metadata"].get("generation", 0)),
        stage="apply" if word == "False" else "health",
        reason="Synced" if reason in ("ReconciliationSucceeded", "InstallSucceeded") else reason,
        message=message,
        revision=_sha(
            str(said.get("lastAppliedRevision") or said.get("lastAttemptedRevision", ""))
        ),
        sync=sync,
        health=Health(health, "" if word == "True" else message),
        objects=tuple(ObjectStatus(entry.key, sync) for entry in entries),
        inventory=entries,
        failed=word == "False",
    )


_WORDS = {
    "True": (SyncStatus.SYNCED, HealthStatus.HEALTHY),
    "False": (SyncStatus.OUT_OF_SYNC, HealthStatus.DEGRADED),
    "Unknown": (SyncStatus.OUT_OF_SYNC, HealthStatus.PROGRESSING),
}


def _entries(said: Mapping[str, Any]) -> Iterator[Entry]:
    """`default_web_apps_Deployment` with its version; cli-utils' form of an identity."""
    for entry in (said.get("inventory") or {}).get("entries") or []:
        parts = str(entry.get("id", "")).split("_")
        if len(parts) == 4:
            namespace, name, group, kind = parts
            key = ObjectKey(group, kind, namespace, name.replace("__", ":"))
            yield Entry(key, str(entry.get("v", "v1")))


def _sha(revision: str) -> str:
    """`main@sha1:abc` without the branch."""
    return revision.rpartition(":")[2] if "@" in revision else revision
