"""The ReplicaSet controller: keeps as many pods of a template as are asked for."""

from gitops_lab.controllers.replicaset.controller import ReplicaSetController

__all__ = ["ReplicaSetController"]
