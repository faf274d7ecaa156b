"""Any other kind, by the conditions that most controllers write.

The conventions are kstatus' (sigs.k8s.io/cli-utils): Stalled is failure, Reconciling is work, and
Ready that is not True is work too. Kinds that say nothing of themselves have no health.
"""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, unknown
from gitops_lab.engine.health.reading import condition_is, status_of, words
from gitops_lab.kube.objects import Object, condition_of

_FAILURE = ("Stalled", "Failed", "Degraded")
_SUCCESS = ("Ready", "Available")


def assess(obj: Object) -> Health | None:
    """None when there is no condition to go by."""
    if not status_of(obj).get("conditions"):
        return None
    if "observedGeneration" in status_of(obj) and _is_behind(obj):
        return progressing("waiting until its controller has seen the newest spec")
    for kind in _FAILURE:
        if failure := condition_is(obj, kind):
            return degraded(words(failure))
    if working := condition_is(obj, "Reconciling"):
        return progressing(words(working))
    found = (condition_of(obj, kind) for kind in _SUCCESS)
    decisive = next((condition for condition in found if condition), None)
    return _by(decisive) if decisive else None


def _by(condition: Object) -> Health:
    match condition.get("status"):
        case "True":
            return healthy(words(condition))
        case "False":
            return progressing(words(condition))
        case _:
            return unknown(words(condition))


def _is_behind(obj: Object) -> bool:
    generation = (obj.get("metadata") or {}).get("generation", 0)
    return bool(status_of(obj)["observedGeneration"] < generation)
