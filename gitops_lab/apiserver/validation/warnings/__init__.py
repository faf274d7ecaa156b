"""What is accepted and yet worth a word to its writer, as Kubernetes says it."""

from collections.abc import Callable, Iterator
from typing import Any

from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.validation.warnings import kinds, services, workloads

Fields = dict[str, Any]
Teller = Callable[[Fields, Fields | None], Iterator[str]]

_TELLERS: dict[tuple[str, str], Teller] = {
    ("", "Endpoints"): kinds.endpoints,
    ("", "Node"): kinds.node,
    ("", "PersistentVolume"): kinds.volume,
    ("", "PersistentVolumeClaim"): kinds.claim,
    ("", "Pod"): workloads.pod,
    ("", "PodTemplate"): workloads.pod_template,
    ("", "ReplicationController"): workloads.replicas,
    ("", "ResourceQuota"): kinds.quota,
    ("", "Secret"): kinds.secret,
    ("", "Service"): services.service,
    ("", "ServiceAccount"): kinds.account,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.replicas,
    ("apps", "ReplicaSet"): workloads.replicas,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("batch", "CronJob"): workloads.cron_job,
    ("batch", "Job"): workloads.job,
    ("discovery.k8s.io", "EndpointSlice"): kinds.endpoint_slice,
    ("networking.k8s.io", "Ingress"): kinds.ingress,
    ("networking.k8s.io", "NetworkPolicy"): kinds.network_policy,
    ("storage.k8s.io", "StorageClass"): kinds.storage_class,
}


def warnings_of(new: Fields, old: Fields | None, resource: Resource) -> list[str]:
    """The warnings about an object that is about to be stored; `old` is what it replaces."""
    tell = _TELLERS.get((resource.group, resource.kind))
    return list(tell(new, old)) if tell is not None else []
