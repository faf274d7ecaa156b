"""Volumes and claims: pending until somebody binds them."""

from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.times import now
from gitops_lab.kube.objects import Object


class ClaimStrategy(Strategy):
    """A claim waits for a volume."""

    def initial_status(self, new: Object) -> Object | None:
        """Pending."""
        return {"phase": "Pending"}


class VolumeStrategy(Strategy):
    """A volume waits for a claim."""

    def initial_status(self, new: Object) -> Object | None:
        """Pending, since now."""
        return {"phase": "Pending", "lastPhaseTransitionTime": now()}
