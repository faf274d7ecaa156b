"""HorizontalPodAutoscaler: it can read its metrics and scale."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing
from gitops_lab.engine.health.reading import condition_is, words
from gitops_lab.kube.objects import Object

_BROKEN = ("Failed", "Invalid", "Ambiguous")


def assess(obj: Object) -> Health:
    """A condition that is False because something failed is degraded; others are waited for."""
    for kind in ("AbleToScale", "ScalingActive"):
        off = condition_is(obj, kind, "False")
        if off and str(off.get("reason", "")).startswith(_BROKEN):
            return degraded(words(off))
    if condition_is(obj, "AbleToScale") or condition_is(obj, "ScalingActive"):
        return healthy()
    return progressing("waiting to scale for the first time")
