"""What is worth a Kubernetes Event: the difference between two statuses. Pure."""

from collections.abc import Iterator

from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.status import Status, SyncStatus

Note = tuple[str, str, str]
"""(Normal or Warning, reason, message)."""
_SYNCED = {"drift": "Healed"}


def notes(before: Status, after: Status) -> Iterator[Note]:
    """One note for a sync, one for a failure, one for a change of health or of drift.

    Health that comes with a sync is told only when it is bad: a first sync is one event then.
    """
    last = after.last_sync
    synced = bool(last and last != before.last_sync and last.result == "Succeeded")
    if last and synced:
        reason = _SYNCED.get(last.trigger, "Synced")
        yield "Normal", reason, f"revision {last.revision[:8]} ({last.trigger}): {last.message}"
    if after.failed:
        if (after.reason, after.message) != (before.reason, before.message) or after.retry:
            yield "Warning", after.reason, after.message
        return
    if after.sync is SyncStatus.OUT_OF_SYNC and after.message != before.message:
        yield "Warning" if after.reason == "Drifted" else "Normal", after.reason, after.message
    if after.health.status is not before.health.status:
        bad = after.health.status in (HealthStatus.DEGRADED, HealthStatus.MISSING)
        if synced and not bad:
            return
        yield (
            "Warning" if bad else "Normal",
            str(after.health.status),
            after.health.message or after.message,
        )
