"""Objects to apply and update, and who owns what of them."""

import copy

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.fields import apply, on_write
from gitops_lab.apiserver.types import Registry

REGISTRY = Registry.builtin()
T0, T1, T2 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01T00:00:02Z"


def resource_of(obj):
    group, _, version = obj["apiVersion"].rpartition("/")
    return REGISTRY.by_kind(group, version, obj["kind"])


def apply_as(live, config, manager="alice", *, force=False, now=T0, subresource=""):
    resource = resource_of(config)
    merged = apply(
        live,
        config,
        manager=manager,
        force=force,
        schema=resource.schema,
        subresource=subresource,
        now=now,
    )
    if merged is live:
        return live
    result = default(merged, resource)
    result["metadata"]["uid"] = "1"
    return result


def update_as(live, manager, now=T1, subresource="", **changes):
    new = copy.deepcopy(live)
    for path, value in changes.items():
        target = new
        *above, last = path.split("__")
        for key in above:
            target = target.setdefault(key, {})
        target[last] = value
    resource = resource_of(new)
    return on_write(
        live,
        default(new, resource),
        manager=manager,
        schema=resource.schema,
        now=now,
        api_version=resource.api_version,
        subresource=subresource,
    )


def entry(obj, manager, operation="Apply"):
    for each in obj["metadata"].get("managedFields", []):
        if (each["manager"], each["operation"]) == (manager, operation):
            return each
    return None


def fields(obj, manager, operation="Apply"):
    found = entry(obj, manager, operation)
    return found and found["fieldsV1"]


def config_map(**data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment(*containers, replicas=None, labels=None):
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": list(containers) or [{"name": "web", "image": "web:1"}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": "web", "namespace": "default"}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def service(*ports):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "default"},
        "spec": {"ports": list(ports)},
    }
