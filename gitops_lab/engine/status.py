"""Status: how an App stands, as data. `status_object` writes and reads the `.status` of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Inventory
from gitops_lab.errors import Place
from gitops_lab.kube import ObjectKey


class SyncStatus(StrEnum):
    """Whether the cluster is as Git says."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class ObjectStatus:
    """One object of an App. `message` says what differs, or what its health lacks."""

    key: ObjectKey
    sync: SyncStatus
    health: Health | None = None
    message: str = ""
    action: str = ""


@dataclass(frozen=True)
class HistoryEntry:
    """A revision that went live. `deployed_at` is ISO 8601; `result` Succeeded or Failed."""

    id: int
    revision: str
    deployed_at: str
    subject: str = ""
    author: str = ""
    result: str = "Succeeded"


@dataclass(frozen=True)
class HookResult:
    """A hook that has ended; `result` Succeeded or Failed."""

    key: ObjectKey
    phase: str
    result: str
    message: str = ""


@dataclass(frozen=True)
class LastSync:
    """The last time that objects were written. `trigger` says why: commit, drift, manual, …

    `content` is a hash of what was to be written: a sync is due when it changes. `id` tells a sync
    from the next one; tried again it is the same. `only` names the objects of a selective one.
    """

    revision: str
    started_at: str
    finished_at: str = ""
    result: str = "Running"
    trigger: str = ""
    message: str = ""
    content: str = ""
    id: str = ""
    hooks: tuple[HookResult, ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Retry:
    """The failed tries of this revision so far, and when the next one is (ISO 8601)."""

    attempt: int
    next_at: str = ""


@dataclass(frozen=True)
class Status:
    """Everything that is known of an App.

    stage      where it stands or broke: app, source, render, plan, apply, health
    reason     one word; message: a sentence; hint: what to do; place: where
    revision   the commit that the rest speaks of
    cluster    where the inventory is
    skipped    the commit that a rollback leaves out, "" when there is none
    """

    observed_generation: int = 0
    stage: str = ""
    reason: str = ""
    message: str = ""
    hint: str = ""
    place: Place = field(default_factory=Place)
    revision: str = ""
    cluster: str = ""
    skipped: str = ""
    sync: SyncStatus = SyncStatus.UNKNOWN
    health: Health = field(default_factory=lambda: Health(HealthStatus.UNKNOWN))
    objects: tuple[ObjectStatus, ...] = ()
    inventory: Inventory = ()
    history: tuple[HistoryEntry, ...] = ()
    last_sync: LastSync | None = None
    retry: Retry | None = None
    failed: bool = False
    handled_sync: str = ""
    handled_refresh: str = ""

    def has_seen(self, head: str) -> bool:
        """Whether this speaks of the commit at which the source stands, deployed or skipped."""
        return head in (self.revision, self.skipped)

    @property
    def live_revision(self) -> str:
        """The commit that was last written in full, "" before the first time."""
        return self.history[-1].revision if self.history else ""
