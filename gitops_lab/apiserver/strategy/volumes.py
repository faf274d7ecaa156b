"""Volumes and claims: pending until somebody binds them."""

from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.times import now
from gitops_lab.kube.objects import Object


class ClaimStrategy(Strategy):
    """A claim waits for a volume."""

    def prepare_create(self, new: Object) -> None:
        """Protected while pods use it, as the plugin StorageObjectInUseProtection has it."""
        super().prepare_create(new)
        _protect(new, "kubernetes.io/pvc-protection")

    def initial_status(self, new: Object) -> Object | None:
        """Pending."""
        return {"phase": "Pending"}


class VolumeStrategy(Strategy):
    """A volume waits for a claim."""

    def prepare_create(self, new: Object) -> None:
        """Protected while it is bound."""
        super().prepare_create(new)
        _protect(new, "kubernetes.io/pv-protection")

    def initial_status(self, new: Object) -> Object | None:
        """Pending, since now."""
        return {"phase": "Pending", "lastPhaseTransitionTime": now()}


def _protect(new: Object, finalizer: str) -> None:
    held = new["metadata"].get("finalizers") or []
    if finalizer not in held:
        new["metadata"]["finalizers"] = [*held, finalizer]
