"""What objects count for in a ResourceQuota. Pure; used where quotas are enforced and shown."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gitops_lab.kube.objects import Object
from gitops_lab.kube.quantities import amount

Usage = dict[str, Decimal]

# Names of core kinds that a quota may count without `count/`.
_PLAIN = {
    "configmaps",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
}
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CLASS = ".storageclass.storage.k8s.io/"


def limits_of(quota: Object) -> Usage:
    """The hard limits of a quota."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    return {name: amount(value) for name, value in hard.items()}


def usage(resource: str, obj: Object) -> Usage:
    """What one object uses; `resource` is `pods` or `deployments.apps`."""
    found: Usage = {f"count/{resource}": Decimal(1)}
    if resource in _PLAIN:
        found[resource] = Decimal(1)
    if resource == "pods":
        if not _is_over(obj):
            found |= _pod(obj)
    elif resource == "services":
        found |= _service(obj)
    elif resource == "persistentvolumeclaims":
        found |= _claim(obj)
    return found


def add(usages: Iterable[Mapping[str, Decimal]]) -> Usage:
    """The sum of usages."""
    total: Usage = {}
    for one in usages:
        for name, value in one.items():
            total[name] = total.get(name, Decimal(0)) + value
    return total


def _is_over(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _pod(pod: Object) -> Usage:
    found: Usage = {"pods": Decimal(1)}
    for name, value in _compute(pod, "requests").items():
        found[f"requests.{name}"] = value
        if name in _COMPUTE:
            found[name] = value
    for name, value in _compute(pod, "limits").items():
        found[f"limits.{name}"] = value
    return found


def _compute(pod: Object, side: str) -> Usage:
    """The sum over containers and sidecars, or the largest init container."""
    spec = pod.get("spec") or {}
    first = spec.get("initContainers") or []
    sidecars = [one for one in first if one.get("restartPolicy") == "Always"]
    total = add(_asked(one, side) for one in [*(spec.get("containers") or []), *sidecars])
    for one in first:
        for name, value in _asked(one, side).items():
            total[name] = max(total.get(name, Decimal(0)), value)
    return total


def _asked(container: Any, side: str) -> Usage:
    listed = (container.get("resources") or {}).get(side) or {}
    return {name: amount(value) for name, value in listed.items()}


def missing(quota: Object, pod: Object) -> dict[str, list[str]]:
    """What a quota on processor or memory makes every container say, and which do not."""
    found: dict[str, list[str]] = {}
    for name in limits_of(quota):
        side, dot, resource = name.rpartition(".")
        if (side not in ("requests", "limits") and dot) or resource not in ("cpu", "memory"):
            continue
        for container in (pod.get("spec") or {}).get("containers") or []:
            if resource not in _asked(container, side or "requests"):
                found.setdefault(name, []).append(container["name"])
    return found


def _service(service: Object) -> Usage:
    spec = service.get("spec") or {}
    kind, ports = spec.get("type", "ClusterIP"), Decimal(len(spec.get("ports") or []))
    found: Usage = {}
    if kind == "NodePort":
        found["services.nodeports"] = ports
    elif kind == "LoadBalancer":
        found["services.loadbalancers"] = Decimal(1)
        if spec.get("allocateLoadBalancerNodePorts", True):
            found["services.nodeports"] = ports
    return found


def _claim(claim: Object) -> Usage:
    spec = claim.get("spec") or {}
    asked = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    found: Usage = {}
    if asked is not None:
        found["requests.storage"] = amount(asked)
    if spec.get("storageClassName"):
        prefix = f"{spec['storageClassName']}{_CLASS}"
        found[f"{prefix}persistentvolumeclaims"] = Decimal(1)
        if asked is not None:
            found[f"{prefix}requests.storage"] = amount(asked)
    return found


def covers(quota: Object, resource: str, obj: Object) -> bool:
    """Whether the quota's scopes are about this object; scopes are about pods alone."""
    spec = quota.get("spec") or {}
    rules = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or []]
    rules += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    if not rules:
        return True
    return resource == "pods" and all(_fits(rule, obj) for rule in rules)


def _fits(rule: Object, pod: Object) -> bool:
    spec = pod.get("spec") or {}
    ends = spec.get("activeDeadlineSeconds") is not None
    best_effort = not _compute(pod, "requests") and not _compute(pod, "limits")
    match rule.get("scopeName"):
        case "Terminating":
            return ends
        case "NotTerminating":
            return not ends
        case "BestEffort":
            return best_effort
        case "NotBestEffort":
            return not best_effort
        case "PriorityClass":
            return _fits_class(rule, str(spec.get("priorityClassName") or ""))
        case _:
            return False


def _fits_class(rule: Object, name: str) -> bool:
    match rule.get("operator"):
        case "In":
            return name in (rule.get("values") or [])
        case "NotIn":
            return name not in (rule.get("values") or [])
        case "DoesNotExist":
            return not name
        case _:
            return bool(name)
