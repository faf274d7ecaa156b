"""What is worth an event."""

from dataclasses import replace

from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.news import notes
from gitops_lab.engine.status import LastSync, Status, SyncStatus

BEFORE = Status(sync=SyncStatus.UNKNOWN)
SYNC = LastSync("c1", "t", "t", "Succeeded", "commit", "1 created")


def after(health: HealthStatus, **changes: object) -> Status:
    status = replace(BEFORE, sync=SyncStatus.SYNCED, health=Health(health), last_sync=SYNC)
    return replace(status, **changes)  # type: ignore[arg-type]


def test_a_sync_that_ends_well_is_one_event() -> None:
    assert [reason for _, reason, _ in notes(BEFORE, after(HealthStatus.HEALTHY))] == ["Synced"]
    assert [reason for _, reason, _ in notes(BEFORE, after(HealthStatus.PROGRESSING))] == ["Synced"]


def test_bad_health_is_told_with_the_sync_that_brought_it() -> None:
    told = list(notes(BEFORE, after(HealthStatus.DEGRADED)))

    assert [(kind, reason) for kind, reason, _ in told] == [
        ("Normal", "Synced"),
        ("Warning", "Degraded"),
    ]


def test_health_that_changes_later_is_told() -> None:
    rolling = after(HealthStatus.PROGRESSING)

    assert [r for _, r, _ in notes(rolling, after(HealthStatus.HEALTHY))] == ["Healthy"]
