"""PodDisruptionBudget: as many pods are healthy as it wants."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing
from gitops_lab.engine.health.reading import condition_is, not_observed, number, status_of, words
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Degraded when its selector can't be worked out (SyncFailed)."""
    if waiting := not_observed(obj):
        return waiting
    refused = condition_is(obj, "DisruptionAllowed", "False")
    if refused and refused.get("reason") == "SyncFailed":
        return degraded(words(refused))
    wanted = number(status_of(obj), "desiredHealthy")
    current = number(status_of(obj), "currentHealthy")
    if current < wanted:
        return progressing(f"{current} of {wanted} wanted pods are healthy")
    return healthy()
