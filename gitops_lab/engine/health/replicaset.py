"""ReplicaSet: as many replicas are available as were asked for."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing
from gitops_lab.engine.health.reading import (
    condition_is,
    not_observed,
    number,
    spec_of,
    status_of,
    words,
)
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Degraded when its pods can't be created."""
    if waiting := not_observed(obj):
        return waiting
    if failure := condition_is(obj, "ReplicaFailure"):
        return degraded(words(failure))
    wanted = number(spec_of(obj), "replicas", 1)
    available = number(status_of(obj), "availableReplicas")
    if available < wanted:
        return progressing(f"{available} of {wanted} replicas are available")
    return healthy()
