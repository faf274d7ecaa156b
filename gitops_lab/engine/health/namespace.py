"""Namespace: active."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import condition_is, status_of, words
from gitops_lab.kube.objects import Object

_HINDRANCES = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
)


def assess(obj: Object) -> Health:
    """One that is being deleted says what still stands in the way."""
    if status_of(obj).get("phase", "Active") == "Active":
        return healthy()
    hindrances = (condition_is(obj, kind) for kind in _HINDRANCES)
    why = next((words(hindrance) for hindrance in hindrances if hindrance), "")
    return progressing(f"it is being deleted{': ' + why if why else ''}")
