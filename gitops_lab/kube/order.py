"""The order in which objects are applied; the reverse is the order of deletion.

What others need comes first: namespaces, definitions and rights, then configuration and
services, then workloads; what acts on everything (webhooks, API services) comes last. The same
thought as Helm's install order and Flux's and Argo CD's kind tables.
"""

from gitops_lab.kube.objects import GroupKind, Object, ObjectKey

_FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "IngressClass",
    "RuntimeClass",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "Ingress",
)
_LAST = ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_RANK = {kind: rank for rank, kind in enumerate(_FIRST)}
_UNKNOWN = len(_FIRST)
_RANK.update({kind: _UNKNOWN + 1 + rank for rank, kind in enumerate(_LAST)})

_BUILT_IN_SUFFIX = ".k8s.io"
_BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions"})


def kind_rank(group_kind: GroupKind) -> int:
    """The place of a kind; custom kinds come after all workloads and before webhooks."""
    built_in = group_kind.group in _BUILT_IN_GROUPS or group_kind.group.endswith(_BUILT_IN_SUFFIX)
    return _RANK.get(group_kind.kind, _UNKNOWN) if built_in else _UNKNOWN


def apply_order(obj: Object) -> tuple[int, ObjectKey]:
    """The sort key of an object to apply."""
    key = ObjectKey.of(obj)
    return key_order(key)


def key_order(key: ObjectKey) -> tuple[int, ObjectKey]:
    """The sort key of an object known by its identity; sort in reverse to delete."""
    return kind_rank(key.group_kind), key
