"""The HorizontalPodAutoscaler controller: as many pods as their use of processor or memory asks."""

from gitops_lab.controllers.autoscaling.controller import AutoscalingController

__all__ = ["AutoscalingController"]
