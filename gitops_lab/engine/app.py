"""The App: what a `GitOpsApp` asks for, as plain values. Everything else is done to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.engine.errors import AppError
from gitops_lab.engine.fields import Fields

GROUP = "gitops-lab.dev"
API_VERSION = f"{GROUP}/v1"
KIND = "GitOpsApp"

SYNC_REQUESTED = f"{GROUP}/sync-requested"
"""Annotation: any new value asks for a sync now, automated or not."""
REFRESH_REQUESTED = f"{GROUP}/refresh-requested"
"""Annotation: any new value asks for a comparison now, without applying."""
FINALIZER = f"{GROUP}/prune"

_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")


@dataclass(frozen=True)
class DirectoryOptions:
    """Which files of a plain folder count; patterns are shell globs relative to the path."""

    recurse: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class KustomizeOptions:
    """What the App sets on a Kustomize build from outside; images as `kustomize edit set image`."""

    name_prefix: str = ""
    name_suffix: str = ""
    namespace: str = ""
    images: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where the objects come from: a path in a revision (branch, tag or commit) of a repository."""

    repo: str
    revision: str = "main"
    path: str = "."
    kustomize: KustomizeOptions | None = None
    directory: DirectoryOptions = DirectoryOptions()


@dataclass(frozen=True)
class Destination:
    """Where the objects go. `namespace` is for objects that name none."""

    cluster: str = "main"
    namespace: str = "default"
    create_namespace: bool = False


@dataclass(frozen=True)
class SyncPolicy:
    """What happens without anyone asking: sync, prune, heal."""

    automated: bool = False
    prune: bool = False
    self_heal: bool = False


@dataclass(frozen=True)
class App:
    """A source, a destination and a policy."""

    namespace: str
    name: str
    source: Source
    destination: Destination = Destination()
    sync_policy: SyncPolicy = SyncPolicy()
    suspend: bool = False
    uid: str = ""
    generation: int = 0
    sync_requested: str = ""
    refresh_requested: str = ""
    deleting: bool = False
    finalizers: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`namespace/name`, the mark that managed objects carry."""
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_object(cls, obj: Mapping[str, Any]) -> "App":
        """The App of a GitOpsApp; raises AppError naming the field that is wrong."""
        meta: Mapping[str, Any] = obj.get("metadata") or {}
        name = f"{KIND}/{meta.get('namespace', '')}/{meta.get('name', '')}"
        spec = Fields(obj.get("spec"), "spec", name)
        annotations = meta.get("annotations") or {}
        app = cls(
            namespace=str(meta.get("namespace", "")),
            name=str(meta.get("name", "")),
            source=_source(spec.child("source", required=True)),
            destination=_destination(spec.child("destination")),
            sync_policy=_policy(spec.child("syncPolicy")),
            suspend=spec.boolean("suspend", False),
            uid=str(meta.get("uid", "")),
            generation=int(meta.get("generation", 0)),
            sync_requested=str(annotations.get(SYNC_REQUESTED, "")),
            refresh_requested=str(annotations.get(REFRESH_REQUESTED, "")),
            deleting="deletionTimestamp" in meta,
            finalizers=tuple(meta.get("finalizers") or ()),
        )
        spec.refuse_unknown()
        return app

    @classmethod
    def leaving(cls, obj: Mapping[str, Any]) -> "App":
        """The App of a GitOpsApp that is being deleted: valid or not, it may go."""
        meta: Mapping[str, Any] = obj.get("metadata") or {}
        destination = (obj.get("spec") or {}).get("destination")
        cluster = destination.get("cluster") if isinstance(destination, dict) else ""
        return cls(
            namespace=str(meta.get("namespace", "")),
            name=str(meta.get("name", "")),
            source=Source(""),
            destination=Destination(str(cluster or "main")),
            uid=str(meta.get("uid", "")),
            generation=int(meta.get("generation", 0)),
            deleting=True,
            finalizers=tuple(meta.get("finalizers") or ()),
        )

    def to_object(self) -> dict[str, Any]:
        """The GitOpsApp that says the same; fields at their defaults are left out."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"namespace": self.namespace, "name": self.name},
            "spec": _without_empty(
                {
                    "source": _source_object(self.source),
                    "destination": {
                        "cluster": self.destination.cluster,
                        "namespace": self.destination.namespace,
                        "createNamespace": self.destination.create_namespace,
                    },
                    "syncPolicy": {
                        "automated": self.sync_policy.automated,
                        "prune": self.sync_policy.prune,
                        "selfHeal": self.sync_policy.self_heal,
                    },
                    "suspend": self.suspend,
                }
            ),
        }


def _source(spec: Fields) -> Source:
    repo = spec.string("repo", required=True)
    if not _REPO.match(repo):
        spec.fail("repo", f"{repo!r} is not the name of a repository")
    path = spec.string("path", ".")
    if path.startswith("/") or ".." in path.split("/"):
        spec.fail("path", f"{path!r} leaves the repository")
    revision = spec.string("revision", "main")
    if not revision or revision.startswith("-") or any(c.isspace() for c in revision):
        spec.fail("revision", f"{revision!r} is not a branch, a tag or a commit")
    kustomize = spec.child("kustomize") if spec.has("kustomize") else None
    source = Source(
        repo=repo,
        revision=revision,
        path=path,
        kustomize=_kustomize(kustomize) if kustomize else None,
        directory=_directory(spec.child("directory")),
    )
    spec.refuse_unknown()
    return source


def _kustomize(spec: Fields) -> KustomizeOptions:
    options = KustomizeOptions(
        name_prefix=spec.string("namePrefix", ""),
        name_suffix=spec.string("nameSuffix", ""),
        namespace=spec.string("namespace", ""),
        images=spec.strings("images"),
        labels=spec.string_map("labels"),
    )
    spec.refuse_unknown()
    return options


def _directory(spec: Fields) -> DirectoryOptions:
    options = DirectoryOptions(
        recurse=spec.boolean("recurse", True),
        include=spec.strings("include"),
        exclude=spec.strings("exclude"),
    )
    spec.refuse_unknown()
    return options


def _destination(spec: Fields) -> Destination:
    namespace = spec.string("namespace", "default")
    if not _LABEL.match(namespace):
        spec.fail("namespace", f"{namespace!r} is not the name of a namespace")
    destination = Destination(
        cluster=spec.string("cluster", "main"),
        namespace=namespace,
        create_namespace=spec.boolean("createNamespace", False),
    )
    spec.refuse_unknown()
    return destination


def _policy(spec: Fields) -> SyncPolicy:
    policy = SyncPolicy(
        automated=spec.boolean("automated", False),
        prune=spec.boolean("prune", False),
        self_heal=spec.boolean("selfHeal", False),
    )
    spec.refuse_unknown()
    return policy


def _source_object(source: Source) -> dict[str, Any]:
    kustomize = source.kustomize
    directory = source.directory
    return _without_empty(
        {
            "repo": source.repo,
            "revision": source.revision,
            "path": source.path,
            "kustomize": kustomize
            and _without_empty(
                {
                    "namePrefix": kustomize.name_prefix,
                    "nameSuffix": kustomize.name_suffix,
                    "namespace": kustomize.namespace,
                    "images": list(kustomize.images),
                    "labels": dict(kustomize.labels),
                }
            ),
            "directory": directory != DirectoryOptions()
            and {
                "recurse": directory.recurse,
                "include": list(directory.include),
                "exclude": list(directory.exclude),
            },
        }
    )


def _without_empty(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value not in (None, "", [], False)}


__all__ = [
    "API_VERSION",
    "FINALIZER",
    "GROUP",
    "KIND",
    "REFRESH_REQUESTED",
    "SYNC_REQUESTED",
    "App",
    "AppError",
    "Destination",
    "DirectoryOptions",
    "KustomizeOptions",
    "Source",
    "SyncPolicy",
]
