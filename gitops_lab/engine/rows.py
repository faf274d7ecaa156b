"""The rows of a Status, one an object, and what the App tracks after a pass. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitops_lab.engine.apply import Done, Outcome
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Entry, Inventory, union
from gitops_lab.engine.live import Live
from gitops_lab.engine.plan import GONE, KEPT, NOT_OURS, PRUNE_OFF, UNAPPROVED, Action, Change, Plan
from gitops_lab.engine.status import ObjectStatus, SyncStatus
from gitops_lab.engine.wording import evidence
from gitops_lab.kube import ObjectKey

if TYPE_CHECKING:
    from gitops_lab.engine.run import Run


def rows_of(run: "Run", plan: Plan, live: Live) -> tuple[ObjectStatus, ...]:
    """A row for each object that is, or should be, there; what was done last stays told."""
    done = {row.key: row.action for row in run.previous.objects}
    done |= {outcome.key: str(outcome.done) for outcome in run.outcomes}
    rows = []
    for change in plan.changes:
        pruned = change.action is Action.PRUNE and change.applied
        if pruned or change.reason in (GONE, NOT_OURS):
            continue
        rows.append(_row(change, done.get(change.key, ""), live))
    return tuple(rows)


def _row(change: Change, action: str, live: Live) -> ObjectStatus:
    waits = change.action not in (Action.UNCHANGED, Action.SKIP) or change.reason in (
        PRUNE_OFF,
        UNAPPROVED,
    )
    in_sync = change.applied or not waits
    message = "kept: it says prune: disabled" if change.reason == KEPT else ""
    return ObjectStatus(
        change.key,
        SyncStatus.SYNCED if in_sync else SyncStatus.OUT_OF_SYNC,
        health_of(change.key, live),
        message if in_sync else evidence(change),
        action,
    )


def health_of(key: ObjectKey, live: Live) -> Health | None:
    """The health of an object as seen last; Missing when it isn't there."""
    seen = live.get(key)
    return seen.health if seen else Health(HealthStatus.MISSING, "not in the cluster")


def rows_after_failure(run: "Run", outcomes: Iterable[Outcome]) -> tuple[ObjectStatus, ...]:
    """A row for each wanted object, after a sync that did not reach them all."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    rows = []
    for one in run.desired:
        outcome = by_key.get(one.key)
        bad = outcome is not None and outcome.done in (Done.FAILED, Done.NOT_TRIED)
        row = ObjectStatus(
            one.key,
            SyncStatus.OUT_OF_SYNC if bad else SyncStatus.SYNCED,
            health_of(one.key, run.cluster.live) if run.cluster else None,
            outcome.error.message if outcome and outcome.error else "",
            str(outcome.done) if outcome else "",
        )
        rows.append(row)
    return tuple(rows)


def without_pruned(inventory: Inventory, outcomes: Iterable[Outcome]) -> Inventory:
    """The inventory without what was deleted."""
    pruned = {outcome.key for outcome in outcomes if outcome.done is Done.PRUNED}
    return tuple(entry for entry in inventory if entry.key not in pruned)


def tracked_after(run: "Run", plan: Plan) -> Inventory:
    """What was wanted and what could not, or was not to, be pruned.

    Before the first write nothing is ours: an App that only compares tracks nothing new.
    """
    kept = {c.key for c in plan.changes if c.desired is None and not _is_gone(c)}
    survivors = [entry for entry in run.previous.inventory if entry.key in kept]
    known = {entry.key for entry in run.previous.inventory}
    wanted = {c.key for c in plan.changes if c.desired and (c.applied or _is_ours(c))}
    entries: list[Entry] = [
        one.entry for one in run.desired if one.key in wanted or one.key in known
    ]
    entries += [one.entry for one in run.besides if one.key in known]
    return union(survivors, entries)


def _is_ours(change: Change) -> bool:
    return change.action is Action.UNCHANGED


def _is_gone(change: Change) -> bool:
    return change.reason in (GONE, NOT_OURS) or (change.action is Action.PRUNE and change.applied)
