"""In which order Flux writes kinds, and in which stages. Pure."""

from collections.abc import Iterable

from gitops_lab.kube.objects import Object, ObjectKey

_FIRST = (
    *("CustomResourceDefinition", "Namespace", "ClusterRole", "ClusterClass", "RuntimeClass"),
    *("PriorityClass", "StorageClass", "VolumeSnapshotClass", "IngressClass", "GatewayClass"),
    *("ClusterRoleBinding", "ResourceQuota", "ServiceAccount", "Role", "RoleBinding"),
    *("ConfigMap", "Secret", "Service", "LimitRange", "Deployment", "StatefulSet", "CronJob"),
    "PodDisruptionBudget",
)
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_RANK = {kind: rank - len(_FIRST) for rank, kind in enumerate(_FIRST)}
_RANK.update({kind: rank + 1 for rank, kind in enumerate(_LAST)})
_DEFINITIONS = {
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("", "Namespace"),
}


def write_order(key: ObjectKey) -> tuple[int, str, str, str, str]:
    """The sort key of an object to write; sort in reverse to delete."""
    return _RANK.get(key.kind, 0), key.group, key.kind, key.namespace, key.name


def sorted_objects(objects: Iterable[Object], *, reverse: bool = False) -> list[Object]:
    """The objects in the order in which they are written."""
    return sorted(objects, key=lambda obj: write_order(ObjectKey.of(obj)), reverse=reverse)


def stages(objects: Iterable[Object]) -> list[list[Object]]:
    """Definitions, classes, all else. What is in the first two is waited for; none is empty but
    the last."""
    parts: tuple[list[Object], list[Object], list[Object]] = ([], [], [])
    for obj in sorted_objects(objects):
        key = ObjectKey.of(obj)
        first = (key.group, key.kind) in _DEFINITIONS
        parts[0 if first else 1 if key.kind.endswith("Class") else 2].append(obj)
    return [*(part for part in parts[:2] if part), parts[2]]
