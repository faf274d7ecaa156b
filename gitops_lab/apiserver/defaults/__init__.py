"""What the API server fills in before an object is judged and stored."""

from collections.abc import Callable
from typing import Any

from gitops_lab.apiserver.defaults import core, groups, pods, workloads
from gitops_lab.apiserver.defaults.structural import apply_schema_defaults
from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.types.golang import DecodeError, normal_form

__all__ = ["DecodeError", "apply_schema_defaults", "default"]

Defaulter = Callable[[dict[str, Any]], None]

DEFAULTERS: dict[tuple[str, str, str], Defaulter] = {
    ("", "v1", "Pod"): pods.pod,
    ("", "v1", "PodTemplate"): workloads.pod_template,
    ("", "v1", "ReplicationController"): workloads.replication_controller,
    ("", "v1", "Service"): core.service,
    ("", "v1", "Secret"): core.secret,
    ("", "v1", "Namespace"): core.namespace,
    ("", "v1", "Node"): core.node,
    ("", "v1", "PersistentVolume"): core.persistent_volume,
    ("", "v1", "PersistentVolumeClaim"): core.persistent_volume_claim,
    ("", "v1", "Endpoints"): core.endpoints,
    ("", "v1", "LimitRange"): core.limit_range,
    ("apps", "v1", "Deployment"): workloads.deployment,
    ("apps", "v1", "ReplicaSet"): workloads.replica_set,
    ("apps", "v1", "StatefulSet"): workloads.stateful_set,
    ("apps", "v1", "DaemonSet"): workloads.daemon_set,
    ("batch", "v1", "Job"): workloads.job,
    ("batch", "v1", "CronJob"): workloads.cron_job,
    ("autoscaling", "v1", "HorizontalPodAutoscaler"): workloads.autoscaler_v1,
    ("autoscaling", "v2", "HorizontalPodAutoscaler"): workloads.autoscaler,
    (groups.RBAC, "v1", "RoleBinding"): groups.binding,
    (groups.RBAC, "v1", "ClusterRoleBinding"): groups.binding,
    ("networking.k8s.io", "v1", "NetworkPolicy"): groups.network_policy,
    ("networking.k8s.io", "v1", "IngressClass"): groups.ingress_class,
    ("storage.k8s.io", "v1", "StorageClass"): groups.storage_class,
    ("storage.k8s.io", "v1", "CSIDriver"): groups.csi_driver,
    ("scheduling.k8s.io", "v1", "PriorityClass"): groups.priority_class,
    ("discovery.k8s.io", "v1", "EndpointSlice"): groups.endpoint_slice,
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"): groups.custom_resource_definition,
    ("apiregistration.k8s.io", "v1", "APIService"): groups.api_service,
    ("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration"): groups.webhooks,
    (
        "admissionregistration.k8s.io",
        "v1",
        "MutatingWebhookConfiguration",
    ): groups.mutating_webhooks,
    ("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy"): groups.admission_policy,
    (
        "admissionregistration.k8s.io",
        "v1",
        "MutatingAdmissionPolicyBinding",
    ): groups.admission_policy_binding,
    ("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy"): groups.admission_policy,
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
    ): groups.admission_policy_binding,
}


def default(obj: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """The object as Kubernetes holds it: in its Go struct's form, with every default.

    Unknown fields of a built-in kind are gone from the result; the input stays as it is. For a
    custom resource the schema's own defaults are filled in. Raises DecodeError for a value of
    the wrong type, in the API server's words.
    """
    if resource.custom:
        result: dict[str, Any] = apply_schema_defaults(obj, resource.schema)
        return result
    try:
        result = normal_form(obj, resource.schema.name)
    except DecodeError as error:
        raise DecodeError(
            f'{resource.kind} in version "{resource.version}" cannot be handled as a '
            f"{resource.kind}: {error.message}"
        ) from None
    fill = DEFAULTERS.get((resource.group, resource.version, resource.kind))
    if fill is not None:
        fill(result)
    return result
