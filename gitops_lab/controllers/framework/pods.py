"""What pods are: active, ready, available; and the pods that a template asks for."""

from datetime import datetime

from gitops_lab.controllers.framework.times import seconds_since
from gitops_lab.kube.objects import (
    Object,
    condition_of,
    copied,
    is_terminating,
    name_of,
    namespace_of,
)

_LONGEST_PREFIX = 253


def is_terminal(pod: Object) -> bool:
    """Whether all containers have ended for good."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Whether the pod counts as a replica: neither ended nor being deleted."""
    return not is_terminal(pod) and not is_terminating(pod)


def is_ready(pod: Object) -> bool:
    """Whether the Ready condition is true."""
    condition = condition_of(pod, "Ready")
    return condition is not None and condition.get("status") == "True"


def ready_since(pod: Object) -> str | None:
    """When the pod became ready; None for one that is not."""
    condition = condition_of(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return None
    return condition.get("lastTransitionTime")


def is_available(pod: Object, min_ready_seconds: int, moment: datetime) -> bool:
    """Whether the pod has been ready for `min_ready_seconds`."""
    if not is_ready(pod):
        return False
    if not min_ready_seconds:
        return True
    held = seconds_since(ready_since(pod), moment)
    return held is not None and held >= min_ready_seconds


def seconds_until_available(pod: Object, min_ready_seconds: int, moment: datetime) -> float | None:
    """How long a ready pod still has to hold; None when there is nothing to wait for."""
    held = seconds_since(ready_since(pod), moment)
    if held is None or min_ready_seconds <= 0 or held >= min_ready_seconds:
        return None
    return min_ready_seconds - held


def pod_from_template(template: Object, owner: Object, reference: Object) -> Object:
    """The pod that a template asks for, named after and controlled by its owner."""
    asked = template.get("metadata") or {}
    prefix = f"{name_of(owner)}-"
    metadata: Object = {
        "generateName": prefix if len(prefix) <= _LONGEST_PREFIX else name_of(owner),
        "namespace": namespace_of(owner),
        "labels": dict(asked.get("labels") or {}),
        "ownerReferences": [reference],
    }
    for name in ("annotations", "finalizers"):
        if asked.get(name):
            metadata[name] = copied(asked[name])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": copied(template.get("spec") or {}),
    }
