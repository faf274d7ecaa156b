"""What the genuine server's admission plugins do that need other objects to judge a new one."""

from collections.abc import Callable

from gitops_lab.apiserver.served import Api
from gitops_lab.kube.objects import Object, annotations_of

_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def complete_new(api: Api, collection: str, new: Object) -> None:
    """Change a new object in place, after its fields are recorded as its writer's."""
    if change := _CHANGES.get(collection):
        change(api, new)


def _give_class(api: Api, claim: Object) -> None:
    """DefaultStorageClass: a claim that names no class gets the default one, if there is one."""
    spec = claim.get("spec")
    if not isinstance(spec, dict) or spec.get("storageClassName") is not None:
        return
    served = api.builtin("storage.k8s.io", "v1", "storageclasses")
    classes = [entry.parsed() for entry in served.collection.entries("")]
    marked = [one for one in classes if annotations_of(one).get(_IS_DEFAULT) == "true"]
    if marked:
        youngest = max(marked, key=_age)
        spec["storageClassName"] = youngest["metadata"]["name"]


def _age(obj: Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("creationTimestamp", ""), metadata["name"]


_CHANGES: dict[str, Callable[[Api, Object], None]] = {
    "/persistentvolumeclaims": _give_class,
}
