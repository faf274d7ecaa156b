"""From what happened to a Status: one function for each way in which a pass can end. Pure."""

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_lab.engine.app import App
from gitops_lab.engine.clock import after, now, stamp
from gitops_lab.engine.dependencies import WAITING
from gitops_lab.engine.errors import AppError, StageError
from gitops_lab.engine.health import Health, aggregate
from gitops_lab.engine.intent import Intent
from gitops_lab.engine.inventory import Inventory
from gitops_lab.engine.live import Live
from gitops_lab.engine.locate import located
from gitops_lab.engine.plan import Plan
from gitops_lab.engine.rows import (
    health_of,
    rows_after_failure,
    rows_of,
    tracked_after,
    without_pruned,
)
from gitops_lab.engine.status import (
    HistoryEntry,
    ObjectStatus,
    Retry,
    Status,
    SyncStatus,
)
from gitops_lab.engine.wording import evidence, short, worded, worded_health
from gitops_lab.errors import Place
from gitops_lab.kube import ObjectKey

if TYPE_CHECKING:
    from gitops_lab.engine.run import Run


PREEMPTED = "Preempted"
"""Not a failure: a sync that made way for a newer one."""


def app_place(app: App, field: str = "") -> Place:
    """The App itself as the place of a problem."""
    return Place(object=app.title, field=field)


def suspended(app: App, previous: Status) -> Status:
    """Nothing is compared or written until the App is resumed."""
    return _seen(
        replace(
            previous,
            stage="app",
            reason="Suspended",
            message="suspended: commits and drift are left alone until it is resumed.",
            hint="Set spec.suspend of the App to false.",
            place=app_place(app, "spec.suspend"),
            retry=None,
            failed=False,
        ),
        app,
    )


def syncing(run: "Run", plan: Plan, tracked: Inventory) -> Status:
    """On record before the first write: what is being done, and all that may come to exist."""
    assert run.commit is not None
    return replace(
        run.previous,
        stage="apply",
        reason="Syncing",
        message=f"writing {short(run.commit.sha)}: {plan.summary()}.",
        hint="",
        place=Place(),
        revision=run.commit.sha,
        skipped=run.skipped,
        inventory=tracked,
        cluster=run.app.destination.cluster,
        last_sync=run.last_sync,
        handled_sync=run.app.sync_requested,
    )


def waiting(run: "Run", other: str) -> Status:
    """The commit is seen, and waits for another App."""
    assert run.commit is not None
    return _seen(
        replace(
            run.previous,
            stage="plan",
            reason=WAITING,
            message=f"{short(run.commit.sha)} waits for {other}.",
            hint="It goes on by itself as soon as that App is synced and healthy.",
            place=app_place(run.app, "spec.dependsOn"),
            revision=run.commit.sha,
            skipped=run.skipped,
            sync=SyncStatus.OUT_OF_SYNC,
            retry=None,
            failed=False,
        ),
        run.app,
    )


def failed(run: "Run", error: StageError) -> Status:
    """A stage raised: where, why, what to do, and when it is tried again."""
    revision = run.commit.sha if run.commit else run.previous.revision
    in_apply = error.stage == "apply"
    outcomes = (*run.outcomes, *getattr(error, "outcomes", ()))
    last = run.last_sync or run.previous.last_sync
    if run.last_sync:
        last = replace(
            run.last_sync, finished_at=stamp(now()), result="Failed", message=error.message
        )
    return _seen(
        replace(
            run.previous,
            stage=error.stage,
            reason=error.reason,
            message=error.message,
            hint=error.hint,
            place=located(error.place, run.artifact),
            revision=revision,
            skipped=run.skipped,
            sync=SyncStatus.OUT_OF_SYNC if in_apply else SyncStatus.UNKNOWN,
            objects=rows_after_failure(run, outcomes) if outcomes else run.previous.objects,
            inventory=without_pruned(run.previous.inventory, outcomes),
            last_sync=last,
            retry=None if error.reason == PREEMPTED else _retry(run, error, revision),
            failed=error.reason != PREEMPTED,
        ),
        run.app,
    )


def judged(run: "Run", plan: Plan, intent: Intent) -> Status:
    """The stages went through: in sync or not, healthy or not."""
    assert run.commit is not None
    assert run.cluster is not None
    pending = [change for change in plan.pending if not change.applied]
    rows = rows_of(run, plan, run.cluster.live)
    health = aggregate([row.health for row in rows if row.health])
    status = replace(
        run.previous,
        revision=run.commit.sha,
        skipped=run.skipped,
        sync=SyncStatus.OUT_OF_SYNC if pending else SyncStatus.SYNCED,
        health=health,
        objects=rows,
        inventory=tracked_after(run, plan),
        cluster=run.app.destination.cluster,
        retry=None,
        failed=False,
    )
    if run.last_sync:
        status = _recorded(run, status, plan)
    return _seen(worded(run, status, pending, intent), run.app)


def fighting(status: Status, key: ObjectKey, rounds: tuple[int, str], delay: float) -> Status:
    """Somebody changes the same thing as often as it is healed: say so, and heal more slowly.

    `rounds` are how often in a row, and who it was, "" unknown.
    """
    times, rival = rounds
    by = f" by {rival}" if rival else ""
    return replace(
        status,
        stage="plan",
        sync=SyncStatus.OUT_OF_SYNC,
        reason="Fight",
        message=f"{key} was changed again{by} after {times} healings in a row; "
        f"the next one is at {after(now(), delay)}.",
        hint=f"Find who changes it: `kubectl get {key.kind.lower()} {key.name} -o yaml "
        "--show-managed-fields`; leave the field out of Git, or stop the other one.",
        place=Place(object=str(key)),
    )


def with_health(status: Status, live: Live) -> Status:
    """The same status with the health that the objects have now."""
    rows = tuple(_with_health(row, health_of(row.key, live)) for row in status.objects)
    health = aggregate([row.health for row in rows if row.health])
    status = replace(status, objects=rows, health=health)
    if status.failed or status.sync is not SyncStatus.SYNCED or status.reason == "Suspended":
        return status
    return worded_health(status, status.history[-1].subject if status.history else "")


def _with_health(row: ObjectStatus, health: Health | None) -> ObjectStatus:
    return row if row.health == health else replace(row, health=health)


def _seen(status: Status, app: App) -> Status:
    return replace(
        status,
        observed_generation=app.generation,
        handled_sync=app.sync_requested,
        handled_refresh=app.refresh_requested,
    )


def _retry(run: "Run", error: StageError, revision: str) -> Retry | None:
    before = run.previous.retry
    again = before and run.previous.revision == revision and run.previous.stage == error.stage
    attempt = before.attempt + 1 if before and again else 1
    delay = run.semantics.retry.delay(attempt) if error.retry else None
    return Retry(attempt, after(now(), delay) if delay is not None else "")


def _recorded(run: "Run", status: Status, plan: Plan) -> Status:
    """The sync that just ended, and a line of history when a new revision went live."""
    assert run.commit is not None
    assert run.last_sync is not None
    moment = stamp(now())
    told = _told(run, plan)
    last = replace(run.last_sync, finished_at=moment, result="Succeeded", message=told)
    status = replace(status, last_sync=last)
    history = run.previous.history
    if last.only or (history and history[-1].revision == run.commit.sha):
        return status
    entry = HistoryEntry(
        history[-1].id + 1 if history else 1,
        run.commit.sha,
        moment,
        run.commit.subject,
        run.commit.author,
    )
    return replace(status, history=(*history, entry)[-run.semantics.history :])


def _told(run: "Run", plan: Plan) -> str:
    """What a sync did: counts, and for drift what had been changed and by whom."""
    counts: dict[str, int] = {}
    for outcome in run.outcomes:
        counts[str(outcome.done)] = counts.get(str(outcome.done), 0) + 1
    told = ", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing to do"
    healed = next((change for change in plan.changes if change.applied), None)
    if healed and run.last_sync and run.last_sync.trigger == "drift":
        told += f"; {healed.key}: {evidence(healed)}"
    return told


def broken(error: Exception, previous: Status, app: App) -> Status:
    """A bug of ours: say so, rather than let the App look as before."""
    return _seen(
        replace(
            previous,
            reason="InternalError",
            message=f"the engine failed on this App: {type(error).__name__}: {error}.",
            hint="This is a bug of the engine: its log has the details. It is tried again.",
            sync=SyncStatus.UNKNOWN,
            retry=None,
            failed=True,
        ),
        app,
    )


def invalid(error: AppError, previous: Status, generation: int) -> Status:
    """The App itself is not valid: nothing is done until it is corrected."""
    return replace(
        previous,
        observed_generation=generation,
        stage=error.stage,
        reason=error.reason,
        message=error.message,
        hint=error.hint,
        place=error.place,
        sync=SyncStatus.UNKNOWN,
        retry=None,
        failed=True,
    )
