"""The controller of PodDisruptionBudgets: how many pods may be evicted now."""

from gitops_lab.controllers.disruption.controller import DisruptionController

__all__ = ["DisruptionController"]
