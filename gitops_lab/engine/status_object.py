"""Status as the `.status` of a GitOpsApp, and back. Pure."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.engine import inventory
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.status import (
    HistoryEntry,
    ObjectStatus,
    Retry,
    Status,
    SyncStatus,
)
from gitops_lab.engine.sync_record import last_sync_object, read_last_sync
from gitops_lab.errors import Place
from gitops_lab.kube import Object, ObjectKey

MAX_ROWS = 200
"""Rows of objects in .status: those that are not fine first; `summary` counts all.

Each server that writes a status walks through all of it, some times over.
"""


def to_object(status: Status, before: Mapping[str, Any], now: str) -> Object:
    """The `.status`; conditions keep their transition time from `before` where nothing changed."""
    content: Object = {
        "observedGeneration": status.observed_generation,
        "stage": status.stage,
        "reason": status.reason,
        "message": status.message,
        "hint": status.hint,
        "place": _place(status.place),
        "failed": status.failed,
        "revision": status.revision,
        "cluster": status.cluster,
        "skipped": status.skipped,
        "sync": {"status": str(status.sync), "revision": status.live_revision},
        "health": _health(status.health),
        "summary": _summary(status),
        "objects": [_row(row) for row in _rows(status)],
        "inventory": inventory.to_list(status.inventory),
        "history": [_history(entry) for entry in status.history],
        "lastSync": last_sync_object(status.last_sync),
        "retry": _retry(status.retry),
        "lastHandledSyncRequest": status.handled_sync,
        "lastHandledRefreshRequest": status.handled_refresh,
        "conditions": _conditions(status, before, now),
    }
    return {k: v for k, v in content.items() if v not in ("", None, {}, [])}


def from_object(content: Mapping[str, Any] | None) -> Status:
    """The Status of a `.status`; what is missing or unknown is at its default."""
    content = content or {}
    return Status(
        observed_generation=int(content.get("observedGeneration", 0)),
        stage=content.get("stage", ""),
        reason=content.get("reason", ""),
        message=content.get("message", ""),
        hint=content.get("hint", ""),
        place=Place(**(content.get("place") or {})),
        failed=bool(content.get("failed", False)),
        revision=content.get("revision", ""),
        cluster=content.get("cluster", ""),
        skipped=content.get("skipped", ""),
        sync=_sync_status((content.get("sync") or {}).get("status")),
        health=_read_health(content.get("health")) or Health(HealthStatus.UNKNOWN),
        objects=_read_rows(content),
        inventory=inventory.from_list(content.get("inventory")),
        history=tuple(_read_history(entry) for entry in content.get("history") or []),
        last_sync=read_last_sync(content.get("lastSync")),
        retry=_read_retry(content.get("retry")),
        handled_sync=content.get("lastHandledSyncRequest", ""),
        handled_refresh=content.get("lastHandledRefreshRequest", ""),
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Object:
    """The merge patch that leads from one `.status` to the other; empty when they are equal."""
    patch = {key: value for key, value in after.items() if before.get(key) != value}
    patch |= {key: None for key in before if key not in after}
    return {key: _with_nulls(before.get(key), value) for key, value in patch.items()}


def _with_nulls(before: Any, after: Any) -> Any:
    """A merge patch keeps what it doesn't name: name the keys that went."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    return {**{key: None for key in before if key not in after}, **after}


def _place(place: Place) -> dict[str, Any]:
    return {name: value for name, value in vars(place).items() if value}


def _health(health: Health | None) -> dict[str, str] | None:
    if health is None:
        return None
    content = {"status": str(health.status), "message": health.message}
    return {key: value for key, value in content.items() if value}


def _read_health(content: Mapping[str, Any] | None) -> Health | None:
    if not content:
        return None
    try:
        return Health(HealthStatus(content.get("status", "")), content.get("message", ""))
    except ValueError:
        return Health(HealthStatus.UNKNOWN, content.get("message", ""))


def _sync_status(text: object) -> SyncStatus:
    return next((status for status in SyncStatus if status == text), SyncStatus.UNKNOWN)


def is_fine(row: ObjectStatus) -> bool:
    """Synced, and healthy or without a health of its own."""
    healthy = row.health is None or row.health.status is HealthStatus.HEALTHY
    return row.sync is SyncStatus.SYNCED and healthy


def _summary(status: Status) -> dict[str, int]:
    rows = status.objects
    return {
        "objects": len(rows),
        "synced": sum(1 for row in rows if row.sync is SyncStatus.SYNCED),
        "fine": sum(1 for row in rows if is_fine(row)),
    }


def _rows(status: Status) -> list[ObjectStatus]:
    if len(status.objects) <= MAX_ROWS:
        return list(status.objects)
    return sorted(status.objects, key=is_fine)[:MAX_ROWS]


def _row(row: ObjectStatus) -> dict[str, Any]:
    content = {
        "group": row.key.group,
        "kind": row.key.kind,
        "namespace": row.key.namespace,
        "name": row.key.name,
        "sync": str(row.sync),
        "health": _health(row.health),
        "message": row.message,
        "action": row.action,
    }
    return {key: value for key, value in content.items() if value}


def _read_rows(content: Mapping[str, Any]) -> tuple[ObjectStatus, ...]:
    """Those that are written, and those that were left out since they and all after are fine."""
    rows = [_read_row(row) for row in content.get("objects") or []]
    left_out = int((content.get("summary") or {}).get("objects", 0)) - len(rows)
    if rows and left_out > 0 and is_fine(rows[-1]):
        written = {row.key for row in rows}
        entries = inventory.from_list(content.get("inventory"))
        others = [entry.key for entry in entries if entry.key not in written]
        rows += [ObjectStatus(key, SyncStatus.SYNCED) for key in others[:left_out]]
    return tuple(rows)


def _read_row(content: Mapping[str, Any]) -> ObjectStatus:
    key = ObjectKey(
        content.get("group", ""),
        content.get("kind", ""),
        content.get("namespace", ""),
        content.get("name", ""),
    )
    return ObjectStatus(
        key,
        _sync_status(content.get("sync")),
        _read_health(content.get("health")),
        content.get("message", ""),
        content.get("action", ""),
    )


def _history(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "revision": entry.revision,
        "deployedAt": entry.deployed_at,
        "subject": entry.subject,
        "author": entry.author,
        "result": entry.result,
    }


def _read_history(content: Mapping[str, Any]) -> HistoryEntry:
    return HistoryEntry(
        int(content.get("id", 0)),
        content.get("revision", ""),
        content.get("deployedAt", ""),
        content.get("subject", ""),
        content.get("author", ""),
        content.get("result", ""),
    )


def _retry(retry: Retry | None) -> dict[str, Any] | None:
    if retry is None:
        return None
    content = {"attempt": retry.attempt, "nextAt": retry.next_at}
    return {key: value for key, value in content.items() if value}


def _read_retry(content: Mapping[str, Any] | None) -> Retry | None:
    return Retry(int(content.get("attempt", 0)), content.get("nextAt", "")) if content else None


def _conditions(status: Status, before: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    old = {condition["type"]: condition for condition in before.get("conditions") or []}
    health = status.health.status
    healthy = health is HealthStatus.HEALTHY
    synced = status.sync is SyncStatus.SYNCED
    sync_known = status.sync is not SyncStatus.UNKNOWN or status.failed
    waiting = health in (HealthStatus.PROGRESSING, HealthStatus.UNKNOWN)
    values = {
        "Synced": (_truth(synced, sync_known), str(status.sync), ""),
        "Healthy": (_truth(healthy, not waiting), str(health), status.health.message),
        "Ready": (
            _truth(synced and healthy and not status.failed, status.failed or not waiting),
            status.reason or "Unknown",
            status.message,
        ),
    }
    return [
        _condition(kind, value, old.get(kind), status.observed_generation, now)
        for kind, value in values.items()
    ]


def _truth(value: bool, known: bool) -> str:
    return "True" if value else "False" if known else "Unknown"


def _condition(
    kind: str, value: tuple[str, str, str], old: Mapping[str, Any] | None, generation: int, now: str
) -> dict[str, Any]:
    status, reason, message = value
    same = old is not None and old.get("status") == status
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
        "lastTransitionTime": (old or {}).get("lastTransitionTime", now) if same else now,
    }
