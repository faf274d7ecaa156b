"""What Git says: the objects of all sources at their commits, with the marks of the Application."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gitops_lab.dialects.argocd.application.failures import (
    LoadFailed,
    Rendering,
    load_failed,
    told,
    unrendered,
    unresolved,
)
from gitops_lab.dialects.argocd.application.fetching import Fetching
from gitops_lab.dialects.argocd.application.filled import Environment, Filling
from gitops_lab.dialects.argocd.application.sources import (
    RepoOf,
    UnknownRepository,
    read_source,
    source_type,
)
from gitops_lab.dialects.argocd.application.spec import Spec, qualified
from gitops_lab.dialects.argocd.application.tracking import Tracking
from gitops_lab.dialects.argocd.seams import NAMESPACE
from gitops_lab.dialects.urls import not_here
from gitops_lab.engine.app import App, Destination
from gitops_lab.engine.desired import encoded
from gitops_lab.engine.errors import AppError, RenderError, StageError
from gitops_lab.engine.inputs import gather_inputs
from gitops_lab.engine.ownership import PRUNE
from gitops_lab.engine.render import render
from gitops_lab.engine.render.helm import is_chart
from gitops_lab.engine.render.helm.hooks import DELETE_POLICY, HELM_HOOK, HOOK, WAVE
from gitops_lab.engine.render.kustomize.survey import kustomization_file
from gitops_lab.engine.source import Artifact, Commit
from gitops_lab.engine.source_spec import Source
from gitops_lab.git import GitError, Repositories
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import UnknownKind
from gitops_lab.kube.objects import annotations_of

_HELM_MARKS = (HELM_HOOK, "helm.sh/resource-policy")
_OURS = (HOOK, WAVE, DELETE_POLICY, PRUNE)


@dataclass(frozen=True)
class Targets:
    """The objects that are to be there, hooks among them, and where they come from."""

    objects: tuple[Object, ...]
    revisions: tuple[str, ...]
    commits: tuple[Commit, ...]
    source_type: str
    repeated: tuple[tuple[ObjectKey, int], ...] = ()
    source_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loader:
    """Loads the target state of one Application after the other. Thread-safe."""

    store: Fetching
    repositories: Repositories
    repo_of: RepoOf
    git_url: Callable[[str], str]
    tracking: Tracking

    def sources(self, raw: Sequence[Mapping[str, Any]], several: bool) -> list[Source]:
        """The sources, read. Raises AppError."""
        fields = [f"spec.sources[{i}]" if several else "spec.source" for i in range(len(raw))]
        return [
            read_source(one, field, self.repo_of) for one, field in zip(raw, fields, strict=True)
        ]

    def load(
        self, spec: Spec, app_name: str, client: Client, revisions: Sequence[str] = ()
    ) -> Targets:
        """All objects. `revisions` go before those of the sources. Raises LoadFailed."""
        try:
            sources = self.sources(spec.sources, spec.several)
        except UnknownRepository as error:
            raise self._not_found(spec, error) from error
        except AppError as error:
            raise LoadFailed(error.message.rstrip("."), error) from error
        pinned = [
            replace(source, revision=self._revision(source, revision))
            for source, revision in zip(
                sources, [*revisions, *[""] * (len(sources) - len(revisions))], strict=True
            )
        ]
        commits = [self._resolved(source, number, len(pinned)) for number, source in _each(pinned)]
        found: list[Object] = []
        kinds = []
        references = tuple(replace(one, rendered=False) for one in pinned if one.ref)
        for number, source in _each(pinned):
            if not source.rendered:
                kinds.append("")
            else:
                whole = replace(source, others=references, ref="")
                objects, kind = self._render(spec, whole, commits[number - 1], client, number)
                found += objects
                kinds.append(kind)
        unique, repeated = self._marked(found, spec, app_name, client)
        return Targets(
            tuple(unique),
            tuple(commit.sha for commit in commits),
            tuple(commits),
            kinds[0] if kinds else "Directory",
            repeated,
            tuple(kinds),
        )

    def _not_found(self, spec: Spec, error: UnknownRepository) -> LoadFailed:
        """With what the workspace's Git server says; in our own words where it was not asked."""
        urls = [str(one.get("repoURL", "")) for one in spec.sources]
        missing = next(at for at, url in enumerate(urls) if self.repo_of(url) is None)
        told = not_here(urls[missing], self.git_url, self.repositories)
        if not told:
            return LoadFailed(error.message.rstrip("."), error)
        what = f"failed to list refs: repository not found: {told}\n"
        return load_failed(missing + 1, len(urls), what, StageError(error.message))

    def _revision(self, source: Source, pinned: str) -> str:
        revision = pinned or source.revision
        if revision != "HEAD":
            return revision
        try:
            return self.repositories.default_branch(source.repo)
        except GitError:
            return "main"

    def _resolved(self, source: Source, number: int, count: int) -> Commit:
        try:
            return self.store.resolve(source)
        except StageError as error:
            what = unresolved(source, error)
            raise load_failed(number, count, what, error) from error

    def _render(
        self, spec: Spec, source: Source, commit: Commit, client: Client, number: int
    ) -> tuple[list[Object], str]:
        count = len(spec.sources)
        app = App(
            namespace=spec.namespace,
            name=spec.name,
            source=source,
            destination=Destination(namespace=spec.target_namespace or "default"),
        )
        try:
            artifact = self.store.fetch(source, commit)
            source = self._filled(spec, number, source, commit, artifact)
            artifact = self.store.fetch(source, commit)
            app = replace(app, source=source)
            inputs = gather_inputs(app, artifact, None, client)
        except StageError as error:
            raise load_failed(number, count, told(source, error), error) from error
        try:
            rendered = render(artifact, app, inputs)
        except StageError as error:
            said = unrendered(Rendering(spec, source, artifact, inputs), error)
            raise load_failed(number, count, said, error) from error
        kind = _kind(source, artifact)
        return [_without_ours(item.obj) for item in rendered.objects], kind

    def _filled(
        self, spec: Spec, number: int, source: Source, commit: Commit, artifact: Artifact
    ) -> Source:
        """The source with what files and the build environment say of it. Raises StageError."""
        names = frozenset(str(one["ref"]) for one in spec.sources if one.get("ref"))
        name = qualified(spec.namespace, spec.name, NAMESPACE)
        environment = Environment(name, spec.target_namespace, spec.project, commit.sha)
        raw = spec.sources[number - 1]
        full = Filling(artifact.path, artifact.root, environment, names).filled(raw)
        if full == raw:
            return source
        field = f"spec.sources[{number - 1}]" if spec.several else "spec.source"
        read = read_source(full, field, self.repo_of)
        return replace(source, helm=read.helm, kustomize=read.kustomize, directory=read.directory)

    def _marked(
        self, objects: Iterable[Object], spec: Spec, app_name: str, client: Client
    ) -> tuple[list[Object], tuple[tuple[ObjectKey, int], ...]]:
        """Namespaces filled in, marks set; of objects that stand there twice the last counts."""
        by_key: dict[ObjectKey, Object] = {}
        seen: dict[ObjectKey, int] = {}
        for obj in objects:
            placed = _placed(obj, spec.target_namespace, client)
            key = ObjectKey.of(placed)
            seen[key] = seen.get(key, 0) + 1
            by_key.pop(key, None)
            by_key[key] = self.tracking.written(placed, app_name, spec.target_namespace)
        repeated = tuple((key, times) for key, times in seen.items() if times > 1)
        return list(by_key.values()), repeated


def _each(sources: Sequence[Source]) -> Iterable[tuple[int, Source]]:
    return enumerate(sources, start=1)


def _kind(source: Source, artifact: Artifact) -> str:
    path = artifact.path
    return source_type(source, is_chart(path), bool(kustomization_file(path)))


def _without_ours(obj: Object) -> Object:
    """Helm's own annotations are what Argo CD reads: not the engine's translation of them."""
    annotations = annotations_of(obj)
    if not any(name in annotations for name in _HELM_MARKS):
        return obj
    kept = {name: value for name, value in annotations.items() if name not in _OURS}
    return {**obj, "metadata": {**obj["metadata"], "annotations": kept}}


def _placed(obj: Object, namespace: str, client: Client) -> Object:
    """The object in its namespace; a kind that nobody knows is taken for a namespaced one."""
    content: Object = _without_nulls({key: value for key, value in obj.items() if key != "status"})
    metadata = dict(content.get("metadata") or {})
    try:
        namespaced = client.resource(obj["apiVersion"], obj["kind"]).namespaced
    except UnknownKind:
        namespaced = True
    if not namespaced:
        metadata.pop("namespace", None)
    elif not metadata.get("namespace") and namespace:
        metadata["namespace"] = namespace
    content["metadata"] = metadata
    if content["kind"] == "Secret" and content["apiVersion"] == "v1":
        content = encoded(content)
    return content


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


__all__ = ["LoadFailed", "Loader", "RenderError", "Targets"]
