"""Kinds that count generations in a way of their own."""

from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.kube.objects import Object


class EndpointSliceStrategy(Strategy):
    """Counts changes of labels too, as Kubernetes does for slices."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.counts_generation = True

    def changed(self, new: Object, old: Object) -> bool:
        """Content or labels."""
        return super().changed(new, old) or new["metadata"].get("labels") != old["metadata"].get(
            "labels"
        )
