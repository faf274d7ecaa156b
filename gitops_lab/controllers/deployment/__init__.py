"""The Deployment controller: rolls ReplicaSets of new pod templates out and old ones in."""

from gitops_lab.controllers.deployment.controller import DeploymentController

__all__ = ["DeploymentController"]
