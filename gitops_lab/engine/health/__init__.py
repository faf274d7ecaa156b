"""Is a live object well? One file for each kind, one dispatch here.

The rules are those of Argo CD's `health.md` for the built-in kinds and kstatus' for the rest.
"""

from collections.abc import Callable

from gitops_lab.engine.health import (
    apiservice,
    conditions,
    cronjob,
    customresourcedefinition,
    daemonset,
    deployment,
    horizontalpodautoscaler,
    ingress,
    job,
    namespace,
    persistentvolumeclaim,
    pod,
    poddisruptionbudget,
    replicaset,
    service,
    statefulset,
)
from gitops_lab.engine.health.model import Health, HealthStatus, aggregate, healthy, progressing
from gitops_lab.kube.objects import GroupKind, Object, is_terminating

__all__ = ["Health", "HealthStatus", "aggregate", "assess"]

Rule = Callable[[Object], Health | None]

_RULES: dict[GroupKind, Rule] = {
    GroupKind("", "Namespace"): namespace.assess,
    GroupKind("", "PersistentVolumeClaim"): persistentvolumeclaim.assess,
    GroupKind("", "Pod"): pod.assess,
    GroupKind("", "Service"): service.assess,
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): customresourcedefinition.assess,
    GroupKind("apiregistration.k8s.io", "APIService"): apiservice.assess,
    GroupKind("apps", "DaemonSet"): daemonset.assess,
    GroupKind("apps", "Deployment"): deployment.assess,
    GroupKind("apps", "ReplicaSet"): replicaset.assess,
    GroupKind("apps", "StatefulSet"): statefulset.assess,
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): horizontalpodautoscaler.assess,
    GroupKind("batch", "CronJob"): cronjob.assess,
    GroupKind("batch", "Job"): job.assess,
    GroupKind("networking.k8s.io", "Ingress"): ingress.assess,
    GroupKind("policy", "PodDisruptionBudget"): poddisruptionbudget.assess,
}
_DATA = frozenset(
    {
        GroupKind("", "ConfigMap"),
        GroupKind("", "Endpoints"),
        GroupKind("", "LimitRange"),
        GroupKind("", "ResourceQuota"),
        GroupKind("", "Secret"),
        GroupKind("", "ServiceAccount"),
        GroupKind("discovery.k8s.io", "EndpointSlice"),
        GroupKind("networking.k8s.io", "IngressClass"),
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("rbac.authorization.k8s.io", "ClusterRole"),
        GroupKind("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        GroupKind("rbac.authorization.k8s.io", "Role"),
        GroupKind("rbac.authorization.k8s.io", "RoleBinding"),
        GroupKind("scheduling.k8s.io", "PriorityClass"),
        GroupKind("storage.k8s.io", "StorageClass"),
    }
)
"""Kinds that are well by being there."""


def assess(obj: Object) -> Health | None:
    """The health of a live object; None when there is no rule for it, and it does not count."""
    kind = GroupKind.of(obj)
    if is_terminating(obj) and kind.kind != "Namespace":
        return progressing("it is being deleted")
    if kind in _DATA:
        return healthy()
    return _RULES.get(kind, conditions.assess)(obj)
