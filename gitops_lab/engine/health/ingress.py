"""Ingress: a controller has given it an address."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Without an ingress controller it waits for ever, as in any cluster."""
    if (status_of(obj).get("loadBalancer") or {}).get("ingress"):
        return healthy()
    return progressing("waiting for an ingress controller to give it an address")
