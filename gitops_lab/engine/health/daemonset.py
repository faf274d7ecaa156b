"""DaemonSet: every node that should has an available pod of the newest template."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import not_observed, number, spec_of, status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """With OnDelete nobody is waited for."""
    if waiting := not_observed(obj):
        return waiting
    status = status_of(obj)
    if (spec_of(obj).get("updateStrategy") or {}).get("type") == "OnDelete":
        return healthy("pods are updated when they are deleted (OnDelete)")
    wanted = number(status, "desiredNumberScheduled")
    updated, available = number(status, "updatedNumberScheduled"), number(status, "numberAvailable")
    if updated < wanted:
        return progressing(f"{updated} of {wanted} pods are updated")
    if available < wanted:
        return progressing(f"{available} of {wanted} pods are available")
    return healthy()
