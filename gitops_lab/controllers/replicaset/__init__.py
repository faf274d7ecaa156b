"""The ReplicaSet controller: keeps as many pods of a template as are asked for."""

from gitops_lab.controllers.replicaset.controller import ReplicaSetController
from gitops_lab.controllers.replicaset.legacy import ReplicationController

__all__ = ["ReplicaSetController", "ReplicationController"]
