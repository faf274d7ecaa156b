"""What the genuine server's admission plugins do that need other objects to judge a new one."""

from collections.abc import Callable
from decimal import Decimal

from gitops_lab.apiserver import accounts, limits, status
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.kube import quota
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of
from gitops_lab.kube.quantities import written

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


def _complete_pod(api: Api, pod: Object) -> None:
    limits.set_defaults(api, pod)
    accounts.admit(api, pod)
    _give_overhead(api, pod)


def _give_overhead(api: Api, pod: Object) -> None:
    """RuntimeClass: the class has to be there, and says what it costs. Raises StatusError 403."""
    spec = pod.get("spec") or {}
    wanted = spec.get("runtimeClassName")
    if not wanted:
        return
    found = api.builtin("node.k8s.io", "v1", "runtimeclasses").collection.get("", wanted)
    if found is None:
        why = f'pod rejected: RuntimeClass "{wanted}" not found'
        raise status.forbidden("", "pods", name_of(pod), why)
    overhead = (found.parsed().get("overhead") or {}).get("podFixed")
    if overhead and not spec.get("overhead"):
        spec["overhead"] = overhead


_CHANGES: dict[str, Callable[[Api, Object], None]] = {
    "/persistentvolumeclaims": _give_class,
    "/pods": _complete_pod,
}


def check_new(api: Api, served: Served, new: Object) -> None:
    """LimitRanger and ResourceQuota: what asks for too much is refused. Raises StatusError 403.

    Usage is counted from what is stored, so that it is never behind; the genuine server relies on
    the quota's status.
    """
    if served.collection.name in ("/pods", "/persistentvolumeclaims"):
        limits.check(api, served.collection.name, new)
    quotas = api.builtin("", "v1", "resourcequotas").collection.entries(namespace_of(new))
    resource = served.resource.group_resource
    for entry in quotas if namespace_of(new) else ():
        held = entry.parsed()
        if quota.covers(held, resource, new):
            _check_quota(served, held, new, resource)


def _check_quota(served: Served, held: Object, new: Object, resource: str) -> None:
    limits = quota.limits_of(held)
    if resource == "pods" and (lacking := quota.missing(held, new)):
        parts = [f"{name} for: {','.join(lacking[name])}" for name in sorted(lacking)]
        raise _refused(
            served, new, f"failed quota: {name_of(held)}: must specify {'; '.join(parts)}"
        )
    asked = {k: v for k, v in quota.usage(resource, new).items() if k in limits and v > 0}
    if not asked:
        return
    stored = [entry.parsed() for entry in served.collection.entries(namespace_of(new))]
    counted = (one for one in stored if quota.covers(held, resource, one))
    used = quota.add(quota.usage(resource, one) for one in counted)
    over = sorted(name for name in asked if used.get(name, 0) + asked[name] > limits[name])
    if over:
        columns = (("requested", asked), ("used", used), ("limited", limits))
        shown = ", ".join(f"{label}: {_pairs(usage, over)}" for label, usage in columns)
        raise _refused(served, new, f"exceeded quota: {name_of(held)}, {shown}")


def _pairs(usage: quota.Usage, names: list[str]) -> str:
    return ",".join(f"{name}={_text(name, usage)}" for name in names)


def _text(name: str, usage: quota.Usage) -> str:
    return written(usage.get(name, Decimal(0)), binary="memory" in name or "storage" in name)


def _refused(served: Served, new: Object, why: str) -> status.StatusError:
    resource = served.resource
    return status.forbidden(resource.group, resource.plural, name_of(new), why)
