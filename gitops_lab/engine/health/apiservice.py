"""APIService: the server behind it answers."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import condition_is, words
from gitops_lab.kube.objects import Object, condition_of


def assess(obj: Object) -> Health:
    """Progressing until it is available."""
    if condition_is(obj, "Available"):
        return healthy()
    return progressing(words(condition_of(obj, "Available") or {}) or "waiting for an answer")
