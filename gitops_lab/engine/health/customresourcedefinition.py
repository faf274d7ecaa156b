"""CustomResourceDefinition: its resource is served."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing
from gitops_lab.engine.health.reading import condition_is, words
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Names that another definition has taken are degraded."""
    if taken := condition_is(obj, "NamesAccepted", "False"):
        return degraded(words(taken))
    if broken := condition_is(obj, "NonStructuralSchema"):
        return degraded(words(broken))
    if condition_is(obj, "Established"):
        return healthy()
    return progressing("waiting until the API serves it")
