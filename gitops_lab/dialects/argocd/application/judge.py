"""The health of objects and of the whole, as Argo CD judges it."""

from collections.abc import Iterable

from gitops_lab.dialects.argocd.application.options import (
    HOOK_FINALIZER,
    IGNORE_HEALTH,
    is_hook,
    is_skipped,
)
from gitops_lab.dialects.argocd.application.rules import RULES, application_set
from gitops_lab.dialects.argocd.seams import Settings
from gitops_lab.engine.health import Health, HealthStatus, assess
from gitops_lab.kube import Object
from gitops_lab.kube.objects import GroupKind, annotations_of, is_terminating, uid_of

_APPLICATION = GroupKind("argoproj.io", "Application")
_APPLICATION_SET = GroupKind("argoproj.io", "ApplicationSet")
_BESIDES = frozenset(
    {
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("apiregistration.k8s.io", "APIService"),
        GroupKind("autoscaling", "HorizontalPodAutoscaler"),
        GroupKind("batch", "CronJob"),
        GroupKind("policy", "PodDisruptionBudget"),
    }
)
"""Kinds that Argo CD judges and whose messages nothing shows."""
_GROUPS = ("helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io")
_BUILT_IN = frozenset(RULES) | {
    GroupKind("apiregistration.k8s.io", "APIService"),
    GroupKind("autoscaling", "HorizontalPodAutoscaler"),
}
"""Kinds whose absence makes an Application Missing."""


def health_of(obj: Object, settings: Settings) -> Health | None:
    """The health of a live object; None when Argo CD has no rule for its kind."""
    finalizers = obj["metadata"].get("finalizers") or []
    if is_terminating(obj) and HOOK_FINALIZER not in finalizers:
        return Health(HealthStatus.PROGRESSING, "Pending deletion")
    own = settings.health(obj)
    if own is not None:
        return own
    kind = GroupKind.of(obj)
    if rule := RULES.get(kind):
        return rule(obj)
    if kind == _APPLICATION_SET:
        return application_set(obj)
    return assess(obj) if kind in _BESIDES or kind.group in _GROUPS else None


def aggregate(
    pairs: Iterable[tuple[Object | None, Object | None]], settings: Settings, uid: str = ""
) -> HealthStatus:
    """The worst health of (target, live) pairs; hooks never count, nor the one with that uid."""
    worst = Health(HealthStatus.HEALTHY)
    for target, live in pairs:
        if target is not None and is_skipped(target):
            continue
        found = _missing(target, settings) if live is None else _of_live(live, settings, uid)
        if found is not None and found.badness > worst.badness:
            worst = found
    return worst.status


def _missing(target: Object | None, settings: Settings) -> Health | None:
    """What has no rule of its own is not missed, unless the settings say anything of its kind."""
    if target is None:
        return None
    kind = GroupKind.of(target)
    missed = kind in _BUILT_IN or settings.customizes(kind)
    return Health(HealthStatus.MISSING) if missed else None


def _of_live(live: Object, settings: Settings, uid: str) -> Health | None:
    if annotations_of(live).get(IGNORE_HEALTH) == "true" or is_hook(live) or uid_of(live) == uid:
        return None
    found = health_of(live, settings)
    bad = (HealthStatus.UNKNOWN, HealthStatus.MISSING)
    if found and GroupKind.of(live) == _APPLICATION and found.status in bad:
        return None
    return found
