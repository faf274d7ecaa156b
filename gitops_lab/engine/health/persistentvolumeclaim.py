"""PersistentVolumeClaim: bound."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, unknown
from gitops_lab.engine.health.reading import status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """A claim whose volume is lost is degraded."""
    match status_of(obj).get("phase", "Pending"):
        case "Bound":
            return healthy()
        case "Pending":
            return progressing("waiting for a volume")
        case "Lost":
            return degraded("its volume is lost")
        case phase:
            return unknown(f"the phase is {phase}")
