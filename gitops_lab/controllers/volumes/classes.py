"""The storage class that every cluster of ours has, and how a class is found for a claim."""

from collections.abc import Iterable

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.errors import AlreadyExists
from gitops_lab.kube.objects import Object, annotations_of, name_of

STANDARD = "standard"
PROVISIONER = "folder.gitops-lab.dev"
IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def class_of(obj: Object) -> str:
    """The class that a claim or volume names; "" for none."""
    return str(obj["spec"].get("storageClassName") or "")


def default_class(classes: Iterable[Object]) -> Object | None:
    """The default class: of several the youngest, as in Kubernetes."""
    marked = [one for one in classes if annotations_of(one).get(IS_DEFAULT) == "true"]
    return max(
        marked,
        key=lambda one: (one["metadata"].get("creationTimestamp", ""), name_of(one)),
        default=None,
    )


class ClassesController(Controller):
    """Makes the class `standard` once, when the controllers start and no class is there.

    It binds when the first pod comes, as the one of kind does.
    """

    name = "storage-classes"
    everything: Key = ("", "")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._classes = context.informers.of("storage.k8s.io/v1", "StorageClass")

    def sync(self, key: Key) -> None:
        """Make the class where there is none."""
        if self._classes.in_namespace(""):
            return
        standard: Object = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": STANDARD, "annotations": {IS_DEFAULT: "true"}},
            "provisioner": PROVISIONER,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        }
        try:
            self.client.create(standard)
        except AlreadyExists:
            return
