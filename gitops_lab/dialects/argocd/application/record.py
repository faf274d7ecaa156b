"""The `.status` of an Application: how its parts change, and the patch that says so. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitops_lab.kube import Object

Conditions = Sequence[Mapping[str, str]]
INVALID_SPEC = "InvalidSpecError"
COMPARISON_ERROR = "ComparisonError"
SYNC_ERROR = "SyncError"
DELETION_ERROR = "DeletionError"
SHARED_WARNING = "SharedResourceWarning"
ORPHANED_WARNING = "OrphanedResourceWarning"
REPEATED_WARNING = "RepeatedResourceWarning"
EXCLUDED_WARNING = "ExcludedResourceWarning"
UNKNOWN_ERROR = "UnknownError"
ERRORS = (INVALID_SPEC, COMPARISON_ERROR, SYNC_ERROR, DELETION_ERROR, UNKNOWN_ERROR)

COMPARED = (
    INVALID_SPEC,
    COMPARISON_ERROR,
    UNKNOWN_ERROR,
    SYNC_ERROR,
    SHARED_WARNING,
    REPEATED_WARNING,
    ORPHANED_WARNING,
    EXCLUDED_WARNING,
)
"""The conditions that a comparison says anew."""


def with_conditions(
    before: Conditions, new: Iterable[tuple[str, str]], evaluated: Iterable[str], now: str
) -> list[Object]:
    """The conditions with the types in `evaluated` replaced; unchanged ones keep their time."""
    gone = set(evaluated)
    kept = [dict(one) for one in before if one.get("type") not in gone]
    times = {
        (one.get("type"), one.get("message")): one.get("lastTransitionTime", now) for one in before
    }
    fresh = [
        {"type": kind, "message": message, "lastTransitionTime": times.get((kind, message), now)}
        for kind, message in new
    ]
    return sorted([*kept, *fresh], key=lambda one: (str(one["type"]), str(one["message"])))


def with_health(before: Mapping[str, Any] | None, status: str, now: str) -> Object:
    """`.status.health`; its time moves only with the word."""
    if before and before.get("status") == status and before.get("lastTransitionTime"):
        return dict(before)
    return {"status": status, "lastTransitionTime": now}


def with_history(before: Sequence[Object], entry: Object, limit: int) -> list[Object]:
    """The history with one more entry; ids count on."""
    number = int(before[-1].get("id", 0)) + 1 if before else 0
    kept = [*before, {**entry, "id": number}]
    return kept[-limit:] if limit > 0 else []


def error_text(conditions: Iterable[Mapping[str, str]]) -> str:
    """Conditions as the message of an operation has them."""
    return ";".join(f"{one['type']}: {one['message']}" for one in conditions)


def without_empty_parts(status: Object) -> Object:
    """A status without lists that are empty."""
    lists = ("conditions", "resources", "history")
    return {key: value for key, value in status.items() if value or key not in lists}
