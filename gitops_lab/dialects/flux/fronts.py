"""Kustomizations and HelmReleases as Apps, for those who read: the command line and the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.flux.clusters import cluster_named
from gitops_lab.dialects.flux.standing import commit_of, status_of
from gitops_lab.engine.app import App, Destination, SyncPolicy
from gitops_lab.engine.ids import app_id
from gitops_lab.engine.news import Note
from gitops_lab.engine.publish import ResourcePublisher, Style
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.source_spec import HelmOptions, Source
from gitops_lab.engine.status import Status
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
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
        detects = (spec.get("driftDetection") or {}).get("mode", "disabled") == "enabled"
        heals = self.kind == "Kustomization" or detects
        return App(
            namespace=namespace_of(obj),
            name=name_of(obj),
            source=Source(repo, revision or "main", path, helm=helm),
            destination=Destination(
                cluster_named(spec) or self._home, spec.get("targetNamespace") or namespace_of(obj)
            ),
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
        if self.kind != "HelmRelease":
            return status_of(obj)
        packed = self._packed(obj)

        def revision_of(version: str) -> str:
            digits = commit_of(version)
            return packed if packed.startswith(digits) else digits

        return status_of(obj, revision_of)

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

    def _packed(self, obj: Object) -> str:
        """The commit that its chart was packed from last; "" when that can't be told."""
        namespace, _, name = str((obj.get("status") or {}).get("helmChart", "")).partition("/")
        if not name:
            return ""
        try:
            chart = self._client.get(SOURCES, "HelmChart", name, namespace)
        except ApiError:
            return ""
        seen = (chart.get("status") or {}).get("observedSourceArtifactRevision")
        return commit_of(str(seen or ""))

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
