"""Kinds that count generations in a way of their own."""

from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.kube.objects import Object


class DeploymentStrategy(Strategy):
    """Counts changes of annotations too, as Kubernetes does for Deployments."""

    def changed(self, new: Object, old: Object) -> bool:
        """The spec or the annotations."""
        before, now = (each["metadata"].get("annotations") or {} for each in (old, new))
        return super().changed(new, old) or now != before


class _Nulls(Strategy):
    """Empty lists of `names` come back as null: protobuf, in which the genuine server stores
    objects, knows no difference between empty and absent.
    """

    names: tuple[str, ...] = ()

    def prepare_create(self, new: Object) -> None:
        """Null them."""
        super().prepare_create(new)
        self._null(new)

    def prepare_update(self, new: Object, old: Object) -> None:
        """Null them."""
        super().prepare_update(new, old)
        self._null(new)

    def _null(self, new: Object) -> None:
        for name in self.names:
            if new.get(name) == []:
                new[name] = None


class RoleStrategy(_Nulls):
    """Roles of either kind."""

    names = ("rules",)


class EndpointSliceStrategy(_Nulls):
    """Counts changes of labels too, as Kubernetes does for slices."""

    names = ("endpoints", "ports")

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.counts_generation = True

    def changed(self, new: Object, old: Object) -> bool:
        """Content or labels."""
        return super().changed(new, old) or new["metadata"].get("labels") != old["metadata"].get(
            "labels"
        )
