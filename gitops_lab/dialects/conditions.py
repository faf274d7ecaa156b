"""The conditions of a resource, as Kubernetes' API conventions have them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.engine.clock import now, stamp

Condition = dict[str, Any]


def with_condition(
    conditions: Iterable[Mapping[str, Any]] | None,
    kind: str,
    status: str,
    reason: str,
    message: str,
    generation: int | None = None,
) -> list[Condition]:
    """The conditions with this one set; the others stay, and each stays in its place.

    `lastTransitionTime` moves only when the status changes. `generation` is the resource's that
    the condition speaks of; None leaves `observedGeneration` out.
    """
    existing = [dict(condition) for condition in conditions or []]
    old = find_condition(existing, kind)
    fresh: Condition = {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": _since(old, status),
    }
    if generation is not None:
        fresh["observedGeneration"] = generation
    if old is None:
        return [*existing, fresh]
    return [fresh if condition is old else condition for condition in existing]


def without_condition(
    conditions: Iterable[Mapping[str, Any]] | None, *kinds: str
) -> list[Condition]:
    """The conditions but those of these types."""
    return [dict(condition) for condition in conditions or [] if condition.get("type") not in kinds]


def find_condition(
    conditions: Iterable[Mapping[str, Any]] | None, kind: str
) -> Mapping[str, Any] | None:
    """The condition of this type."""
    return next((c for c in conditions or [] if c.get("type") == kind), None)


def is_true(obj: Mapping[str, Any], kind: str) -> bool:
    """Whether an object's condition of this type is True, whatever generation it speaks of."""
    condition = find_condition((obj.get("status") or {}).get("conditions"), kind)
    return condition is not None and condition.get("status") == "True"


def _since(old: Mapping[str, Any] | None, status: str) -> str:
    if old is not None and old.get("status") == status and old.get("lastTransitionTime"):
        return str(old["lastTransitionTime"])
    return stamp(now())
