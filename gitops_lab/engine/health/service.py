"""Service: one of type LoadBalancer has an address."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import spec_of, status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """Other types need nobody."""
    balancer = status_of(obj).get("loadBalancer") or {}
    if spec_of(obj).get("type") == "LoadBalancer" and not balancer.get("ingress"):
        return progressing("waiting for the address of its load balancer")
    return healthy()
