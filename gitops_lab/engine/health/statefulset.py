"""StatefulSet: every replica is ready, and of the newest template as far as the partition asks."""

from gitops_lab.engine.health.model import Health, healthy, progressing
from gitops_lab.engine.health.reading import not_observed, number, spec_of, status_of
from gitops_lab.kube.objects import Object


def assess(obj: Object) -> Health:
    """With OnDelete nobody is waited for: pods are updated when somebody deletes them."""
    if waiting := not_observed(obj):
        return waiting
    spec, status = spec_of(obj), status_of(obj)
    wanted, ready = number(spec, "replicas", 1), number(status, "readyReplicas")
    if ready < wanted:
        return progressing(f"{ready} of {wanted} replicas are ready")
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return healthy("pods are updated when they are deleted (OnDelete)")
    partition = number(strategy.get("rollingUpdate") or {}, "partition")
    updated, wanted_updated = number(status, "updatedReplicas"), max(0, wanted - partition)
    if partition:
        if updated < wanted_updated:
            return progressing(f"{updated} of {wanted_updated} replicas above the partition")
        return healthy(f"updated down to the partition {partition}")
    if status.get("updateRevision") != status.get("currentRevision"):
        return progressing(f"{updated} of {wanted} replicas are updated")
    return healthy()
