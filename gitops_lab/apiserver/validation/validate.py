"""The one door to all checks of an object."""

from collections.abc import Callable, Iterator
from typing import Any

from gitops_lab.apiserver.rules.evaluation import check_by_rules
from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.validation import (
    access,
    addresses,
    admission,
    core,
    ingress,
    isolation,
    names,
    pods,
    policies,
    services,
    slices,
    workloads,
)
from gitops_lab.apiserver.validation.errors import FieldError, message
from gitops_lab.apiserver.validation.metadata import (
    NameRule,
    check_metadata,
    check_metadata_update,
)
from gitops_lab.apiserver.validation.structural import check_value

Fields = dict[str, Any]
Check = Callable[[Fields, Fields | None], Iterator[FieldError]]
RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"

CHECKS: dict[tuple[str, str], Check] = {
    ("", "ConfigMap"): core.config_map,
    ("", "Secret"): core.secret,
    ("", "Namespace"): core.namespace,
    ("", "Service"): services.service,
    ("", "Pod"): pods.pod,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("batch", "Job"): workloads.job,
    ("batch", "CronJob"): workloads.cron_job,
    ("networking.k8s.io", "Ingress"): ingress.ingress,
    ("networking.k8s.io", "IPAddress"): addresses.ip_address,
    ("networking.k8s.io", "NetworkPolicy"): isolation.network_policy,
    ("autoscaling", "HorizontalPodAutoscaler"): policies.autoscaler,
    ("policy", "PodDisruptionBudget"): policies.disruption_budget,
    ("", "PersistentVolumeClaim"): policies.claim,
    ("", "Event"): policies.event,
    ("", "LimitRange"): policies.limit_range,
    ("discovery.k8s.io", "EndpointSlice"): slices.endpoint_slice,
    (ADMISSION, "MutatingAdmissionPolicy"): admission.mutating_policy,
    (ADMISSION, "MutatingAdmissionPolicyBinding"): admission.mutating_binding,
    (ADMISSION, "ValidatingAdmissionPolicy"): admission.validating_policy,
    (ADMISSION, "ValidatingAdmissionPolicyBinding"): admission.validating_binding,
    (RBAC, "Role"): access.role,
    (RBAC, "ClusterRole"): access.cluster_role,
    (RBAC, "RoleBinding"): access.role_binding,
    (RBAC, "ClusterRoleBinding"): access.cluster_role_binding,
}
NAME_RULES: dict[tuple[str, str], NameRule] = {
    ("", "Namespace"): names.label,
    ("", "Service"): names.label,
    ("apps", "StatefulSet"): names.label,
    (RBAC, "Role"): names.path_segment,
    (RBAC, "RoleBinding"): names.path_segment,
    (RBAC, "ClusterRole"): names.path_segment,
    (RBAC, "ClusterRoleBinding"): names.path_segment,
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): names.path_segment,
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): names.path_segment,
    ("apiregistration.k8s.io", "APIService"): names.path_segment,
    ("certificates.k8s.io", "ClusterTrustBundle"): names.path_segment,
    ("networking.k8s.io", "IPAddress"): addresses.address_name,
}


def validate(
    new: Fields, old: Fields | None, resource: Resource, warnings: list[str] | None = None
) -> list[FieldError]:
    """Every problem of a defaulted object; `old` is the stored one on an update.

    `warnings` takes what is wrong, but was so before and may stay.

    Requests that are answered and not stored (reviews, tokens) have no rules here.
    """
    if "list" not in resource.verbs:
        return []
    key = resource.group, resource.kind
    problems: list[FieldError] = []
    if old is None:
        rule = NAME_RULES.get(key, names.subdomain)
        problems += check_metadata(new["metadata"], rule, custom=resource.custom)
    else:
        problems += check_metadata_update(new["metadata"], old["metadata"], custom=resource.custom)
    check = CHECKS.get(key)
    if check is not None:
        problems += check(new, old)
    elif resource.custom:
        problems += check_value(new, resource.schema, "")
        if resource.schema.may_rule:
            refused, passed = check_by_rules(new, old, resource.schema, problems)
            problems += refused
            if warnings is not None:
                warnings += [f"{each.field}: {message(each)}" for each in passed]
    return problems
