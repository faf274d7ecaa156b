"""A Status in words: what differs, who changed it, what is unhealthy, and what to do. Pure."""

from dataclasses import replace
from typing import TYPE_CHECKING

from gitops_lab.engine.compare import ABSENT, Difference
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.intent import Intent
from gitops_lab.engine.locate import located
from gitops_lab.engine.managed import Writer, last_writer, writer_of
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.engine.plan import PRUNE_OFF, UNAPPROVED, Action, Change
from gitops_lab.engine.status import Status
from gitops_lab.errors import Place

if TYPE_CHECKING:
    from gitops_lab.engine.run import Run

_SHOWN = 3


def short(revision: str) -> str:
    """The first characters of a commit, as people write it."""
    return revision[:8]


def who_changed(change: Change, difference: Difference) -> str:
    """` (changed by kubectl-edit (Update at …))`, "" when it can't be known."""
    writer = _writer(change, difference)
    return f", changed by {writer}" if writer else ""


def manager_behind(change: Change) -> str:
    """The manager that made an object differ from Git, "" when it can't be known."""
    writers = (_writer(change, difference) for difference in change.differences)
    return next((writer.manager for writer in writers if writer), "")


def _writer(change: Change, difference: Difference) -> Writer | None:
    if change.live is None:
        return None
    return writer_of(change.live, difference.path, ignore=FIELD_MANAGER) or (
        last_writer(change.live, ignore=FIELD_MANAGER) if difference.live is ABSENT else None
    )


def evidence(change: Change) -> str:
    """What differs in one object: `spec.replicas is 5, Git says 3, changed by kubectl …`."""
    if change.action is Action.CREATE:
        return "not in the cluster"
    if change.reason == UNAPPROVED:
        return "no longer in Git, and asks for a yes before it is deleted"
    if change.action is Action.PRUNE or change.reason == PRUNE_OFF:
        return "no longer in Git" + ("" if change.reason != PRUNE_OFF else ", prune is off")
    if not change.differences:
        return "differs from Git"
    shown = [
        f"{d.field} is {_value(change, d.live)}, Git says {_value(change, d.wanted)}"
        + who_changed(change, d)
        for d in change.differences[:_SHOWN]
    ]
    rest = len(change.differences) - _SHOWN
    return "; ".join(shown) + (f"; and {rest} more" if rest > 0 else "")


def _value(change: Change, value: object) -> str:
    if value is ABSENT:
        return "absent"
    if change.key.kind == "Secret" and not change.key.group:
        return "***"
    text = repr(value) if not isinstance(value, (dict, list)) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def worded(run: "Run", status: Status, pending: list[Change], intent: Intent) -> Status:
    """The status with what keeps it from being in sync, or else with its health, in words."""
    if not pending:
        assert run.commit is not None
        return worded_health(status, run.commit.subject)
    first = pending[0]
    reason, hint = _why_pending(run, pending, intent)
    what = f"{first.key}: {evidence(first)}"
    more = f" And {len(pending) - 1} more." if len(pending) > 1 else ""
    field = first.differences[0].field if first.differences else ""
    file, line = (first.desired.file, first.desired.line) if first.desired else ("", 0)
    return replace(
        status,
        stage="plan",
        reason=reason,
        message=f"{what}.{more}",
        hint=hint,
        place=located(Place(file, line, str(first.key), field), run.artifact),
    )


def _why_pending(run: "Run", pending: list[Change], intent: Intent) -> tuple[str, str]:
    """What is in sync with the last sync, and not with the cluster, has drifted since."""
    if all(change.reason == PRUNE_OFF for change in pending):
        return "PruneDisabled", "Set spec.syncPolicy.prune to true, or delete the object."
    if all(change.reason in (PRUNE_OFF, UNAPPROVED) for change in pending):
        return UNAPPROVED, "Say yes for this commit: `gitops-lab app sync --confirm-prune`."
    last, commit = run.previous.last_sync, run.commit
    whole = last and last.result == "Succeeded" and not last.only
    written = last and commit and whole and last.revision == commit.sha
    if written and not run.app.sync_policy.automated:
        return "Drifted", "Undo it with `gitops-lab app sync`, or put it into Git."
    if written:
        return "Drifted", (
            "Undo the manual change, put it into Git, or set spec.syncPolicy.selfHeal to true."
        )
    if intent.trigger == "refresh":
        return "WaitingForSync", "This was a comparison only; the next sync writes it."
    return "WaitingForSync", "Sync is manual: run `gitops-lab app sync`."


def worded_health(status: Status, subject: str) -> Status:
    """The status of an App that is in sync: live and well, or what is unwell."""
    health = status.health
    what = short(status.revision) + (f" “{subject}”" if subject else "")
    count = len(status.objects)
    objects = f"{count} object" + ("" if count == 1 else "s")
    fine = health.status is HealthStatus.HEALTHY
    message = (
        f"{what} is live: {objects} in sync and healthy."
        if fine
        else f"{what} is applied: {objects} in sync; {_unhealthy(status)}"
    )
    worst = next((r for r in status.objects if r.health and r.health.status == health.status), None)
    place = Place(object=str(worst.key)) if worst and not fine else Place()
    reason = ("RolledBack" if status.skipped else "Synced") if fine else str(health.status)
    hint = "" if fine else "`gitops-lab app explain` looks further, into its pods."
    if status.skipped:
        message += f" Rolled back: {short(status.skipped)} is skipped."
        hint = hint or "A newer commit ends the rollback, and so does `gitops-lab app resume`."
    return replace(status, stage="health", reason=reason, message=message, hint=hint, place=place)


def _unhealthy(status: Status) -> str:
    health = status.health
    worst = next((r for r in status.objects if r.health and r.health.status == health.status), None)
    if worst is None or worst.health is None:
        return f"health is {health.status}."
    text = worst.health.message or health.message
    return f"{worst.key} is {health.status}{': ' + text if text else ''}."
