"""The Apps of other engines, as checks see them: what they have still to do."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.checks.world import World
from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import annotations_of

APPLICATION = "argoproj.io/v1alpha1/Application"
SYNC = "the sync of the Application"
REFRESH = "argocd.argoproj.io/refresh"
_KINDS = (
    "argoproj.io/v1alpha1/applications",
    "argoproj.io/v1alpha1/applicationsets",
    "source.toolkit.fluxcd.io/v1/gitrepositories",
    "kustomize.toolkit.fluxcd.io/v1/kustomizations",
    "helm.toolkit.fluxcd.io/v2/helmreleases",
)
_BROKEN = frozenset({"InvalidSpecError", "ComparisonError", "UnknownError", "SyncError"})


def others(world: World) -> list[Object]:
    """The resources of other engines, where their kinds are served."""
    found: list[Object] = []
    for kind in _KINDS:
        try:
            answer = world.client().request("GET", f"/apis/{kind}")
        except NotFound:
            continue
        api_version = kind.rpartition("/")[0]
        found += [{"apiVersion": api_version, "resource": kind, **o} for o in answer["items"]]
    return found


def versions(world: World) -> list[str]:
    """Another list whenever one of them has changed."""
    return [str(obj["metadata"].get("resourceVersion")) for obj in others(world)]


def busy(world: World) -> str:
    """What other engines have still to do, in words; "" when they rest."""
    return next(filter(None, (_busy(world, obj) for obj in others(world))), "")


def rolling_out(world: World) -> str:
    """The Application whose objects are still on their way, in words; "" when there is none."""
    for obj in others(world):
        health = ((obj.get("status") or {}).get("health") or {}).get("status")
        if obj["resource"].endswith("/applications") and health == "Progressing":
            return f"the rollout of the Application {obj['metadata']['name']}"
    return ""


def _busy(world: World, obj: Object) -> str:
    plural = str(obj["resource"]).rpartition("/")[2]
    if plural == "applications":
        return _application(world, obj)
    if plural == "applicationsets":
        return _application_set(obj)
    return _flux(obj)


def _application(world: World, obj: Object) -> str:
    name, spec = obj["metadata"]["name"], obj.get("spec") or {}
    status: Mapping[str, Any] = obj.get("status") or {}
    operation = status.get("operationState") or {}
    if "deletionTimestamp" in obj["metadata"]:
        return f"the Application {name} to be gone"
    if operation.get("phase") in ("Running", "Terminating"):
        return f"{SYNC} {name}"
    if obj.get("operation") or REFRESH in annotations_of(obj) or not status:
        return f"Argo CD to look at the Application {name}"
    if _BROKEN & {one.get("type") for one in status.get("conditions") or ()}:
        return ""
    sync = status.get("sync") or {}
    head = _head(world, spec.get("source") or {})
    if head and sync.get("revision") != head:
        return f"the Application {name} to see the commit {head[:7]}"
    automated = (spec.get("syncPolicy") or {}).get("automated")
    tried = (operation.get("syncResult") or {}).get("revision")
    follows = isinstance(automated, Mapping) and automated.get("enabled", True)
    heals = isinstance(automated, Mapping) and automated.get("selfHeal") and not _prunable(status)
    if _prunes_alone(status) and not (automated or {}).get("prune"):
        return ""
    if follows and sync.get("status") == "OutOfSync" and (heals or tried != head):
        return f"the Application {name} to be synced"
    return ""


def _prunable(status: Mapping[str, Any]) -> bool:
    """Whether it is OutOfSync for what Git no longer has; that is not healed."""
    return any(one.get("requiresPruning") for one in status.get("resources") or ())


def _prunes_alone(status: Mapping[str, Any]) -> bool:
    """Whether nothing differs but what Git no longer has: without `prune` that is not synced."""
    differ = [one for one in status.get("resources") or () if one.get("status") == "OutOfSync"]
    return bool(differ) and all(one.get("requiresPruning") for one in differ)


def _application_set(obj: Object) -> str:
    name = obj["metadata"]["name"]
    conditions = (obj.get("status") or {}).get("conditions")
    return "" if conditions else f"Argo CD to look at the ApplicationSet {name}"


def _flux(obj: Object) -> str:
    name, spec = obj["metadata"]["name"], obj.get("spec") or {}
    status: Mapping[str, Any] = obj.get("status") or {}
    if spec.get("suspend"):
        return ""
    ready = _condition(status.get("conditions") or (), "Ready").get("status")
    behind = status.get("observedGeneration") != obj["metadata"].get("generation")
    if ready in (None, "Unknown") or (behind and ready == "True"):
        return f"Flux to reconcile {name}"
    return ""


def _condition(conditions: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    return next((one for one in conditions if one.get("type") == kind), {})


def _head(world: World, source: Mapping[str, Any]) -> str:
    """The commit that an Application should see; "" when that can't be told."""
    path = urlsplit(str(source.get("repoURL") or "")).path
    repo = path.strip("/").removesuffix(".git")
    revision = str(source.get("targetRevision") or "HEAD")
    if repo not in world.repositories.names():
        return ""
    return world.head(repo, revision)
