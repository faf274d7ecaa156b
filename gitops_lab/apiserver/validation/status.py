"""What the status of a workload may say: counts that are not negative and fit together."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.validation.errors import FieldError, invalid

Fields = dict[str, Any]

NEGATIVE = "must be greater than or equal to 0"
TOO_MANY = "cannot be greater than status.replicas"
# Kind -> (counts that may not be negative, counts that are part of `replicas`).
COUNTS: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("apps", "Deployment"): (
        (
            "observedGeneration",
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "unavailableReplicas",
            "terminatingReplicas",
            "collisionCount",
        ),
        ("updatedReplicas", "readyReplicas", "availableReplicas"),
    ),
    ("apps", "ReplicaSet"): (
        (
            "replicas",
            "fullyLabeledReplicas",
            "readyReplicas",
            "availableReplicas",
            "observedGeneration",
            "terminatingReplicas",
        ),
        ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    ),
    ("apps", "StatefulSet"): (
        (
            "replicas",
            "readyReplicas",
            "currentReplicas",
            "updatedReplicas",
            "availableReplicas",
            "observedGeneration",
            "collisionCount",
        ),
        ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
    ),
}


def validate_status(new: Fields, resource: Resource) -> list[FieldError]:
    """Every problem of the status that a controller reports."""
    counts = COUNTS.get((resource.group, resource.kind))
    return list(_check(new.get("status") or {}, resource.kind, *counts)) if counts else []


def _check(
    status: Fields, kind: str, whole: tuple[str, ...], parts: tuple[str, ...]
) -> Iterator[FieldError]:
    for name in whole:
        if (status.get(name) or 0) < 0:
            yield invalid(f"status.{name}", status[name], NEGATIVE)
    replicas, ready = status.get("replicas") or 0, status.get("readyReplicas") or 0
    for name in parts:
        if (status.get(name) or 0) > replicas:
            yield invalid(f"status.{name}", status.get(name) or 0, TOO_MANY)
    if (status.get("availableReplicas") or 0) > ready:
        path = "status.readyReplicas" if kind == "StatefulSet" else "readyReplicas"
        detail = f"cannot be greater than {path}"
        yield invalid("status.availableReplicas", status["availableReplicas"], detail)
