"""What people ask of a HelmRelease by annotations, and what they ask that is not served here."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.flux.clusters import refused
from gitops_lab.dialects.flux.draft import REQUESTED_AT, Draft
from gitops_lab.kube.objects import annotations_of

FORCE_AT, RESET_AT = "reconcile.fluxcd.io/forceAt", "reconcile.fluxcd.io/resetAt"


def force_asked(draft: Draft) -> bool:
    """Whether an install or upgrade is asked for now, whatever the state (`flux … --force`)."""
    return _asked(draft, FORCE_AT, "lastHandledForceAt")


def reset_asked(draft: Draft) -> bool:
    """Whether the failures shall count anew (`flux … --reset`)."""
    return _asked(draft, RESET_AT, "lastHandledResetAt")


def _asked(draft: Draft, annotation: str, handled: str) -> bool:
    """Asked once, and together with a request to reconcile: both carry the same value."""
    annotations = annotations_of(draft.obj)
    value = annotations.get(annotation)
    if not value or draft.status.get(handled) == value:
        return False
    draft.status[handled] = value
    return annotations.get(REQUESTED_AT) == value != draft.status.get("lastHandledReconcileAt")


def unsupported(spec: Mapping[str, Any], reaches: bool) -> str:
    """What of the spec is not served here; "" for nothing. It is never passed over in silence.

    `reaches`: whether other clusters may be named.
    """
    if what := refused(spec, reaches):
        return what
    if (spec.get("chartRef") or {}).get("kind") == "ExternalArtifact":
        return "spec.chartRef of kind ExternalArtifact is not supported by GitOps Lab."
    if (spec.get("postRenderStrategy") or "combined") != "combined":
        return (
            "spec.postRenderStrategy other than combined is not supported by GitOps Lab: the helm "
            "program renders hooks and templates together."
        )
    return ""
