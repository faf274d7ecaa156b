"""The App: what a `GitOpsApp` asks for, as plain values. Everything else is done to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.engine.errors import AppError
from gitops_lab.engine.fields import Fields
from gitops_lab.engine.ids import NATIVE, app_id
from gitops_lab.engine.source_form import (
    post_build_object,
    read_decryption,
    read_post_build,
    read_source,
    source_object,
    without_empty,
)
from gitops_lab.engine.source_spec import (
    Decryption,
    DirectoryOptions,
    HelmOptions,
    KustomizeOptions,
    PostBuild,
    Source,
)
from gitops_lab.engine.sync_form import options_object, read_options
from gitops_lab.engine.sync_spec import Deletion, SyncOptions

GROUP = "gitops-lab.dev"
API_VERSION = f"{GROUP}/v1"
KIND = "GitOpsApp"

SYNC_REQUESTED = f"{GROUP}/sync-requested"
"""Annotation: any new value asks for a sync now, automated or not."""
REFRESH_REQUESTED = f"{GROUP}/refresh-requested"
"""Annotation: any new value asks for a comparison now, without applying."""
SYNC_ONLY = f"{GROUP}/sync-only"
"""Annotation: the objects that a requested sync is about, as `Deployment/web,ConfigMap/x`."""
PRUNE_APPROVED = f"{GROUP}/prune-approved"
"""Annotation: the commit whose deletions somebody has agreed to."""
FINALIZER = f"{GROUP}/prune"

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")


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
    """A source, a destination and a policy.

    `front` says through which kind of resource it is served, `kind` what that is called.
    """

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
    sync_only: tuple[str, ...] = ()
    prune_approved: str = ""
    deleting: bool = False
    finalizers: tuple[str, ...] = ()
    post_build: PostBuild | None = None
    decryption: Decryption | None = None
    options: SyncOptions = field(default_factory=SyncOptions)
    front: str = NATIVE
    kind: str = KIND

    @property
    def removes(self) -> bool:
        """Whether what it made goes when it goes."""
        return self.options.removes(self.sync_policy.prune)

    @property
    def id(self) -> str:
        """`namespace/name`, after `front:` where it is no GitOpsApp; unique in a workspace."""
        return app_id(self.front, self.namespace, self.name)

    @property
    def title(self) -> str:
        """`GitOpsApp/namespace/name`, as the place of a problem."""
        return f"{self.kind}/{self.namespace}/{self.name}"

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
            source=read_source(
                spec.child("source", required=True), spec.children("additionalSources")
            ),
            destination=_destination(spec.child("destination")),
            sync_policy=_policy(spec.child("syncPolicy")),
            suspend=spec.boolean("suspend", False),
            uid=str(meta.get("uid", "")),
            generation=int(meta.get("generation", 0)),
            sync_requested=str(annotations.get(SYNC_REQUESTED, "")),
            refresh_requested=str(annotations.get(REFRESH_REQUESTED, "")),
            sync_only=tuple(filter(None, str(annotations.get(SYNC_ONLY, "")).split(","))),
            prune_approved=str(annotations.get(PRUNE_APPROVED, "")),
            deleting="deletionTimestamp" in meta,
            finalizers=tuple(meta.get("finalizers") or ()),
            post_build=read_post_build(spec.child("postBuild")) if spec.has("postBuild") else None,
            decryption=(
                read_decryption(spec.child("decryption")) if spec.has("decryption") else None
            ),
            options=read_options(spec, str(meta.get("namespace", ""))),
        )
        spec.refuse_unknown()
        return app

    @classmethod
    def leaving(cls, obj: Mapping[str, Any]) -> "App":
        """The App of a GitOpsApp that is being deleted: valid or not, it may go."""
        meta: Mapping[str, Any] = obj.get("metadata") or {}
        spec = obj.get("spec") or {}
        destination = spec.get("destination")
        waits = spec.get("deletionPolicy") == Deletion.WAIT
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
            options=SyncOptions(deletion=Deletion.WAIT if waits else Deletion.DELETE),
        )

    def to_object(self) -> dict[str, Any]:
        """The GitOpsApp that says the same; fields at their defaults are left out."""
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"namespace": self.namespace, "name": self.name},
            "spec": without_empty(
                {
                    "source": source_object(self.source),
                    "additionalSources": [source_object(one) for one in self.source.others],
                    "postBuild": self.post_build and post_build_object(self.post_build),
                    "decryption": self.decryption and vars(self.decryption),
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
                    **options_object(self.options),
                }
            ),
        }


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


__all__ = [
    "API_VERSION",
    "FINALIZER",
    "GROUP",
    "KIND",
    "PRUNE_APPROVED",
    "REFRESH_REQUESTED",
    "SYNC_ONLY",
    "SYNC_REQUESTED",
    "App",
    "AppError",
    "Decryption",
    "Destination",
    "DirectoryOptions",
    "HelmOptions",
    "KustomizeOptions",
    "PostBuild",
    "Source",
    "SyncOptions",
    "SyncPolicy",
]
