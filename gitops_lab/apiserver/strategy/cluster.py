"""Namespaces and nodes."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.kube.objects import Object

IMMORTAL = ("default", "kube-system", "kube-public")
NAME_LABEL = "kubernetes.io/metadata.name"


class NamespaceStrategy(Strategy):
    """A namespace is Active until it is deleted, then Terminating until it is empty."""

    counts_deletion = False

    def prepare_create(self, new: Object) -> None:
        """Set the finalizer that keeps it while it has content, and the label with its name."""
        super().prepare_create(new)
        spec = new.setdefault("spec", {})
        finalizers = spec.setdefault("finalizers", [])
        if "kubernetes" not in finalizers:
            finalizers.append("kubernetes")
        self._label(new)

    def prepare_update(self, new: Object, old: Object) -> None:
        """spec.finalizers change through /finalize alone."""
        super().prepare_update(new, old)
        spec = {**(new.get("spec") or {}), **(old.get("spec") or {})}
        if not (old.get("spec") or {}).get("finalizers"):
            spec.pop("finalizers", None)
        new["spec"] = spec
        self._label(new)

    def refuse_delete(self, old: Object) -> None:
        """Some namespaces live for ever. Raises StatusError 403."""
        name = old["metadata"]["name"]
        if name in IMMORTAL:
            raise status.forbidden("", "namespaces", name, "this namespace may not be deleted")

    def prepare_delete(self, new: Object) -> None:
        """Terminating."""
        new["status"] = {**(new.get("status") or {}), "phase": "Terminating"}

    def initial_status(self, new: Object) -> Object | None:
        """Active."""
        return {"phase": "Active"}

    @staticmethod
    def _label(new: Object) -> None:
        metadata = new["metadata"]
        if "name" in metadata:
            labels = metadata.get("labels") or {}
            metadata["labels"] = {**labels, NAME_LABEL: metadata["name"]}


class NodeStrategy(Strategy):
    """A kubelet registers its node together with its status."""

    def reset_status(self, new: Object, old: Object | None) -> None:
        """Keep the status that a creator sends."""
        if old is not None:
            super().reset_status(new, old)
        else:
            new.setdefault("status", {})
