"""Job: well when it is complete."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, suspended
from gitops_lab.engine.health.reading import condition_is, number, status_of, words
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Failed is degraded; until it ends it is progressing."""
    if failed := condition_is(obj, "Failed"):
        return degraded(words(failed))
    if condition_is(obj, "Complete"):
        return healthy()
    if condition_is(obj, "Suspended"):
        return suspended("the Job is suspended")
    return progressing(f"{number(status_of(obj), 'active')} pods are active")
