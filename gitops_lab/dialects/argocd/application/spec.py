"""What an Application asks for, read from its resource. A field that is not served is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.application.options import SyncOptions
from gitops_lab.dialects.argocd.application.retry import Retry
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.fields import Fields
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of, name_of, namespace_of

GROUP = "argoproj.io"
API_VERSION = f"{GROUP}/v1alpha1"
KIND = "Application"
COMPONENT = "argocd-application-controller"
REFRESH = "argocd.argoproj.io/refresh"
SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
DELETION_APPROVED = "argocd.argoproj.io/deletion-approved"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
FINALIZERS = (FINALIZER, f"{FINALIZER}/foreground", f"{FINALIZER}/background")

_SPEC = (
    "source",
    "sources",
    "destination",
    "project",
    "syncPolicy",
    "ignoreDifferences",
    "info",
    "revisionHistoryLimit",
)


@dataclass(frozen=True)
class Automated:
    """What happens without anyone asking; all of it off unless it is said."""

    prune: bool = False
    self_heal: bool = False
    allow_empty: bool = False


@dataclass(frozen=True)
class JqRule:
    """Fields that are ignored, as jq paths; "" matches any."""

    rule: IgnoreRule
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Spec:
    """The specification; `sources` as written, the only one of `source` too."""

    namespace: str
    name: str
    project: str
    sources: tuple[Mapping[str, Any], ...]
    several: bool
    destination: Mapping[str, str]
    automated: Automated | None
    options: SyncOptions
    option_words: tuple[str, ...]
    retry: Retry | None
    retry_said: Mapping[str, Any] | None
    namespace_metadata: Mapping[str, Mapping[str, str]] | None
    ignore: tuple[IgnoreRule, ...]
    ignore_jq: tuple[JqRule, ...]
    history: int

    @property
    def target_namespace(self) -> str:
        """Where objects go that name no namespace."""
        return self.destination.get("namespace", "")


def read(obj: Object) -> Spec:
    """The specification of an Application. Raises AppError that names the field."""
    spec = Fields(obj.get("spec"), "spec", f"{KIND}/{namespace_of(obj)}/{name_of(obj)}")
    sources, several = _sources(obj.get("spec") or {}, spec)
    policy = spec.child("syncPolicy")
    automated = _automated(policy)
    words = policy.strings("syncOptions")
    metadata = _metadata(policy)
    retry = Retry.read(policy.child("retry")) if policy.has("retry") else None
    policy.refuse_unknown()
    ignore, jq = _ignore(spec)
    for key in _SPEC:
        spec.has(key)
    spec.refuse_unknown()
    return Spec(
        namespace=namespace_of(obj),
        name=name_of(obj),
        project=spec.string("project", "default") or "default",
        sources=sources,
        several=several,
        destination=_destination(spec.child("destination", required=True)),
        automated=automated,
        options=SyncOptions.parse(words),
        option_words=words,
        retry=retry,
        retry_said=((obj.get("spec") or {}).get("syncPolicy") or {}).get("retry"),
        namespace_metadata=metadata,
        ignore=ignore,
        ignore_jq=jq,
        history=spec.integer("revisionHistoryLimit", 10),
    )


def is_skipped(obj: Object) -> bool:
    """Whether somebody has told Argo CD to leave the Application alone."""
    return annotations_of(obj).get(SKIP_RECONCILE, "").lower() == "true"


def qualified(namespace: str, name: str, home: str) -> str:
    """How an Application is called in tracking ids: `name`, or `namespace_name` elsewhere."""
    return name if namespace in ("", home) else f"{namespace}_{name}"


def _sources(raw: Mapping[str, Any], spec: Fields) -> tuple[tuple[Mapping[str, Any], ...], bool]:
    if spec.has("sources") and raw.get("sources"):
        spec.children("sources")
        return tuple(as_typed(one) for one in raw["sources"]), True
    spec.child("source")
    source = raw.get("source")
    return ((as_typed(source),) if source else ()), False


def as_typed(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """A source as Argo CD writes it back: a `directory` always has `jsonnet`."""
    directory = source.get("directory")
    if not isinstance(directory, dict) or "jsonnet" in directory:
        return source
    return {**source, "directory": {**directory, "jsonnet": {}}}


def _destination(spec: Fields) -> Mapping[str, str]:
    said = {key: spec.string(key, "") for key in ("server", "name", "namespace")}
    spec.refuse_unknown()
    return {key: value for key, value in said.items() if value}


def _automated(policy: Fields) -> Automated | None:
    if not policy.has("automated"):
        return None
    spec = policy.child("automated")
    automated = Automated(
        prune=spec.boolean("prune", False),
        self_heal=spec.boolean("selfHeal", False),
        allow_empty=spec.boolean("allowEmpty", False),
    )
    enabled = spec.boolean("enabled", True)
    spec.refuse_unknown()
    return automated if enabled else None


def _metadata(policy: Fields) -> Mapping[str, Mapping[str, str]] | None:
    if not policy.has("managedNamespaceMetadata"):
        return None
    spec = policy.child("managedNamespaceMetadata")
    metadata = {key: spec.string_map(key) for key in ("labels", "annotations")}
    spec.refuse_unknown()
    return metadata


def _any(pattern: str) -> str:
    return "" if pattern == "*" else pattern


def _ignore(spec: Fields) -> tuple[tuple[IgnoreRule, ...], tuple[JqRule, ...]]:
    rules, jq = [], []
    for entry in spec.children("ignoreDifferences"):
        rule = IgnoreRule(
            group=_any(entry.string("group", "")),
            kind=_any(entry.string("kind", required=True)),
            name=entry.string("name", ""),
            namespace=entry.string("namespace", ""),
            pointers=entry.strings("jsonPointers"),
            managers=entry.strings("managedFieldsManagers"),
        )
        if paths := entry.strings("jqPathExpressions"):
            jq.append(JqRule(rule, paths))
        entry.refuse_unknown()
        rules.append(rule)
    return tuple(rules), tuple(jq)


__all__ = ["API_VERSION", "KIND", "AppError", "Automated", "JqRule", "Spec", "read"]
