"""The chain commit -> revision -> render -> diff -> apply -> health, link by link. Pure.

Each rule looks at the App and answers with an explanation, or None when its link holds. The first
broken link explains the rest, so the order of the rules is the order of the chain.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from gitops_lab.engine.app import KIND
from gitops_lab.engine.explain.model import Explanation, Facts, Link
from gitops_lab.engine.explain.unwell import explain_health
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.status import ObjectStatus, Status, SyncStatus
from gitops_lab.engine.status_object import from_object
from gitops_lab.errors import Place
from gitops_lab.kube import Object

_LINK_OF_STAGE = {
    "app": Link.REVISION,
    "source": Link.REVISION,
    "render": Link.RENDER,
    "plan": Link.DIFF,
    "apply": Link.APPLY,
    "health": Link.HEALTH,
}
_SHOWN = 5
_HELD_BACK = ("WaitingForSync", "PruneDisabled", "PruneUnapproved", "WaitingForDependency")


@dataclass(frozen=True)
class Case:
    """An App as its GitOpsApp says, with what else is known."""

    name: str
    spec: dict[str, Any]
    metadata: dict[str, Any]
    status: Status
    facts: Facts

    @property
    def place(self) -> Place:
        """The App itself."""
        return Place(object=f"{KIND}/{self.name}")


def explain(obj: Object, facts: Facts | None = None) -> Explanation:
    """The first link of the chain that is broken, or that none is."""
    metadata = obj.get("metadata") or {}
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    case = Case(
        name, obj.get("spec") or {}, metadata, from_object(obj.get("status")), facts or Facts()
    )
    return next(found for rule in _RULES if (found := rule(case)) is not None)


def _deleting(case: Case) -> Explanation | None:
    if not case.metadata.get("deletionTimestamp"):
        return None
    left = len(case.status.inventory)
    return Explanation(
        case.name,
        Link.APPLY,
        "Deleting",
        f"the App is being deleted, and with it its {left} objects."
        + (f" {case.status.message}" if case.status.failed else ""),
        "Wait until they are gone.",
        case.place,
        retry=_retry(case),
    )


def _not_seen(case: Case) -> Explanation | None:
    if case.status.observed_generation >= int(case.metadata.get("generation", 0)) > 0:
        return None
    if case.status.observed_generation and not case.metadata.get("generation"):
        return None
    return Explanation(
        case.name,
        Link.REVISION,
        "NotObserved",
        "the engine has not looked at the App, as it now is, yet.",
        "Wait a second; if it stays so, see whether the engine runs: `gitops-lab status`.",
        case.place,
    )


def _suspended(case: Case) -> Explanation | None:
    if not case.spec.get("suspend"):
        return None
    return Explanation(
        case.name,
        Link.REVISION,
        "Suspended",
        "the App is suspended: new commits and drift are left alone.",
        "Resume it: `gitops-lab app resume`, or set spec.suspend to false.",
        replace(case.place, field="spec.suspend"),
    )


def _push_not_seen(case: Case) -> Explanation | None:
    head, seen = case.facts.head, case.status.revision
    if not head or not seen or case.status.has_seen(head):
        return None
    subject = f" “{case.facts.head_subject}”" if case.facts.head_subject else ""
    return Explanation(
        case.name,
        Link.COMMIT,
        "PushNotSeen",
        f"{case.spec.get('source', {}).get('revision', 'main')} is at {head[:8]}{subject}, "
        f"the engine has seen {seen[:8]}.",
        "Wait a second, or ask for a sync: `gitops-lab app sync`.",
        case.place,
    )


def _failed(case: Case) -> Explanation | None:
    status = case.status
    if not status.failed:
        return None
    return Explanation(
        case.name,
        _LINK_OF_STAGE.get(status.stage, Link.APPLY),
        status.reason,
        status.message,
        status.hint or "Correct it in Git and push.",
        status.place,
        tuple(_failed_rows(status)),
        _retry(case),
    )


def _failed_rows(status: Status) -> Iterator[str]:
    for row in [row for row in status.objects if row.sync is not SyncStatus.SYNCED][:_SHOWN]:
        if row.message.rstrip(".") != status.message.rstrip("."):
            yield f"{row.key}: {row.message or row.action or 'not in sync'}"
    if status.live_revision and status.live_revision != status.revision:
        yield f"{status.live_revision[:8]} is still live, {status.revision[:8]} is not."


def _syncing(case: Case) -> Explanation | None:
    if case.status.reason != "Syncing":
        return None
    return Explanation(
        case.name,
        Link.APPLY,
        "Syncing",
        case.status.message,
        "Wait: the objects are being written right now.",
        case.place,
    )


def _out_of_sync(case: Case) -> Explanation | None:
    status = case.status
    if status.sync is SyncStatus.SYNCED:
        return None
    link = Link.APPLY if status.reason in _HELD_BACK else Link.DIFF
    rows = [row for row in status.objects if row.sync is SyncStatus.OUT_OF_SYNC]
    return Explanation(
        case.name,
        link,
        status.reason or "Unknown",
        status.message or "it is not known whether the cluster is as Git says.",
        status.hint or f"See what differs: `gitops-lab app diff {case.name.rpartition('/')[2]}`.",
        status.place,
        tuple(_row_text(row) for row in rows[:_SHOWN]),
    )


def _row_text(row: ObjectStatus) -> str:
    return f"{row.key}: {row.message}"


def _unhealthy(case: Case) -> Explanation | None:
    if case.status.health.status is HealthStatus.HEALTHY:
        return None
    return explain_health(case.name, case.status, case.facts)


def _rolled_back(case: Case) -> Explanation | None:
    status = case.status
    if not status.skipped:
        return None
    return Explanation(
        case.name,
        Link.REVISION,
        "RolledBack",
        f"{status.skipped[:8]} is skipped: the App was rolled back to {status.revision[:8]}.",
        "Push a commit that puts it right, or take it back in Git: `gitops-lab app rollback "
        "--revert`. `gitops-lab app resume` deploys the skipped commit after all.",
        replace(case.place, field="spec.rollback"),
    )


def _fine(case: Case) -> Explanation:
    return Explanation(
        case.name, Link.NONE, "Synced", case.status.message, "Nothing needs doing.", case.place
    )


def _retry(case: Case) -> str:
    return case.status.retry.next_at if case.status.retry else ""


Rule = Callable[[Case], Explanation | None]
_RULES: tuple[Rule, ...] = (
    _deleting,
    _suspended,
    _not_seen,
    _push_not_seen,
    _failed,
    _syncing,
    _out_of_sync,
    _unhealthy,
    _rolled_back,
    _fine,
)
