"""Deployment: every replica is of the newest template and available, and no old one is left."""

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, suspended
from gitops_lab.engine.health.reading import condition_is, not_observed, number, spec_of, status_of
from gitops_lab.kube.objects import Object, condition_of


def assess(obj: Object) -> Health:
    """Past its progress deadline it is degraded; until then it is progressing."""
    if spec_of(obj).get("paused"):
        return suspended("the Deployment is paused")
    if waiting := not_observed(obj):
        return waiting
    progress = condition_of(obj, "Progressing") or {}
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return degraded(_with_cause(obj, "the rollout is past its progress deadline"))
    wanted, status = number(spec_of(obj), "replicas", 1), status_of(obj)
    updated, available = number(status, "updatedReplicas"), number(status, "availableReplicas")
    if updated < wanted:
        return progressing(_with_cause(obj, f"{updated} of {wanted} replicas are updated"))
    if (old := number(status, "replicas") - updated) > 0:
        return progressing(f"{old} old replicas are still to end")
    if available < updated:
        return progressing(f"{available} of {updated} updated replicas are available")
    return healthy()


def _with_cause(obj: Object, text: str) -> str:
    failure = condition_is(obj, "ReplicaFailure")
    return f"{text}: {failure.get('message', '')}" if failure else text
