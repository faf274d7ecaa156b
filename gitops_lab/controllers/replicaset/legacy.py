"""ReplicationControllers: ReplicaSets of an earlier day, with labels alone as their selector."""

from collections.abc import Sequence
from datetime import datetime

from gitops_lab.controllers.replicaset import status
from gitops_lab.controllers.replicaset.controller import ReplicaSetController
from gitops_lab.kube.objects import Object


class ReplicationController(ReplicaSetController):
    """Keeps the number of pods of every ReplicationController as its spec says."""

    name = "replication-controller"
    api_version, kind = "v1", "ReplicationController"

    @staticmethod
    def selecting(one: Object) -> Object:
        """The owner with a LabelSelector as its selector."""
        labels = one["spec"].get("selector")
        selector = {"matchLabels": labels} if labels else None
        return {**one, "spec": {**one["spec"], "selector": selector}}

    @staticmethod
    def calculate(
        one: Object, pods: Sequence[Object], terminating: int, failure: str, moment: datetime
    ) -> Object:
        """As a ReplicaSet's, which counts the leaving ones besides."""
        counted = status.calculate(one, pods, terminating, failure, moment)
        return {key: value for key, value in counted.items() if key != "terminatingReplicas"}
