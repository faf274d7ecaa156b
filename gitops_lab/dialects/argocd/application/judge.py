"""The health of objects and of the whole, as Argo CD judges it."""

from collections.abc import Iterable

from gitops_lab.dialects.argocd.application.options import IGNORE_HEALTH, is_hook, is_skipped
from gitops_lab.dialects.argocd.seams import Settings
from gitops_lab.engine.health import Health, HealthStatus, assess
from gitops_lab.kube import Object
from gitops_lab.kube.objects import GroupKind, annotations_of, is_terminating

_NONE = frozenset(
    {
        GroupKind("", "ConfigMap"),
        GroupKind("", "Endpoints"),
        GroupKind("", "LimitRange"),
        GroupKind("", "Namespace"),
        GroupKind("", "ResourceQuota"),
        GroupKind("", "Secret"),
        GroupKind("", "ServiceAccount"),
        GroupKind("discovery.k8s.io", "EndpointSlice"),
        GroupKind("networking.k8s.io", "IngressClass"),
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("rbac.authorization.k8s.io", "ClusterRole"),
        GroupKind("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        GroupKind("rbac.authorization.k8s.io", "Role"),
        GroupKind("rbac.authorization.k8s.io", "RoleBinding"),
        GroupKind("scheduling.k8s.io", "PriorityClass"),
        GroupKind("storage.k8s.io", "StorageClass"),
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("argoproj.io", "Application"),
        GroupKind("argoproj.io", "AppProject"),
    }
)
"""Kinds that have no health in Argo CD: they don't count."""
_WITH_RULES = frozenset(
    {
        "", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "apiregistration.k8s.io",
        "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "source.toolkit.fluxcd.io",
    }
)  # fmt: skip


def health_of(obj: Object, settings: Settings) -> Health | None:
    """The health of a live object; None when Argo CD has no rule for its kind."""
    if is_terminating(obj):
        return Health(HealthStatus.PROGRESSING, "Pending deletion")
    own = settings.health(obj)
    if own is not None:
        return own
    kind = GroupKind.of(obj)
    if kind in _NONE or kind.group not in _WITH_RULES:
        return None
    return assess(obj)


def aggregate(
    pairs: Iterable[tuple[Object | None, Object | None]], settings: Settings
) -> HealthStatus:
    """The health of an Application from its (target, live) pairs.

    What is missing does not count, unless nothing is there at all; hooks never do.
    """
    worst, any_at_all, any_live = Health(HealthStatus.HEALTHY), False, False
    for target, live in pairs:
        if (target is not None and is_skipped(target)) or (live is not None and is_hook(live)):
            continue
        any_at_all = True
        if live is None:
            continue
        any_live = True
        if annotations_of(live).get(IGNORE_HEALTH) == "true":
            continue
        found = health_of(live, settings)
        if found is None or _is_child_unknown(live, found):
            continue
        if found.badness > worst.badness:
            worst = found
    if any_at_all and not any_live:
        return HealthStatus.MISSING
    return worst.status


def _is_child_unknown(live: Object, found: Health) -> bool:
    child = GroupKind.of(live) == GroupKind("argoproj.io", "Application")
    return child and found.status in (HealthStatus.UNKNOWN, HealthStatus.MISSING)
