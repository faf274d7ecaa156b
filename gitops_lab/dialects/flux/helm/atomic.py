"""One attempt at a release: action after action until nothing is left to do.

The state decides the next action (see `state`). Each kind of action runs once in an attempt, and
a remediation ends it; what is left is for the next attempt. The rules, their order and the words
in the conditions are helm-controller's.
"""

from enum import Enum

from gitops_lab.dialects.flux.draft import READY, RECONCILING
from gitops_lab.dialects.flux.durations import duration
from gitops_lab.dialects.flux.events import ERROR
from gitops_lab.dialects.flux.helm.actions import (
    DRIFT,
    INSTALL,
    RELEASE,
    REMEDIATE,
    ROLLBACK,
    TESTS,
    UNINSTALL,
    UNLOCK_RELEASE,
    UPGRADE,
    Action,
    Retry,
    correct,
    succeeded,
)
from gitops_lab.dialects.flux.helm.history import full_name, is_ours, previous, truncated
from gitops_lab.dialects.flux.helm.spec import MAX_HISTORY, Remediation
from gitops_lab.dialects.flux.helm.state import Found, State, UnknownState, determine
from gitops_lab.dialects.flux.helm.summary import RELEASED, REMEDIATED, summarize
from gitops_lab.dialects.flux.helm.work import Work

DRIFTED = "Drifted"
_AGAIN = "ProgressingWithRetry"


class Outcome(Enum):
    """What the attempt ends with: done, at once again, after the retry interval, or never."""

    DONE = "done"
    AGAIN = "again"
    LATER = "later"
    STALLED = "stalled"


class _Stalled(Exception):
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def release(work: Work, *, force: bool = False) -> Outcome:
    """Run the attempt. Raises Retry, ApiError and GitOpsLabError, upon which it is tried again."""
    ran: set[str] = set()
    while True:
        try:
            action = _next(work, _state(work), force)
        except _Stalled as error:
            work.draft.stalled(error.reason, str(error))
            return Outcome.STALLED
        if action is None:
            work.draft.unmark(RECONCILING)
            summarize(work.draft, work.spec)
            return Outcome.DONE
        if action.kind in ran:
            return _interrupted(work)
        if (outcome := _run(work, action)) is not None:
            return outcome
        ran.add(action.kind)
        force = False
        work.draft.write()


def _state(work: Work) -> Found:
    try:
        return determine(work)
    except UnknownState as error:
        work.draft.failed("StateError", f"Could not determine release state: {error}")
        raise Retry(f"cannot determine release state: {error}") from error


def _run(work: Work, action: Action) -> Outcome | None:
    """Run one action; what the attempt ends with, if it ends."""
    message = f"Running '{action.name}' action with timeout of {duration(_timeout(work, action))}"
    work.draft.reconciling("Progressing", message)
    if action.kind == RELEASE:
        work.draft.mark(READY, "Unknown", "Progressing", message)
    work.draft.write()
    try:
        action.run(work)
    except Retry as error:
        if (pause := work.spec.retry_after(work.status)) is not None:
            work.draft.reconciling(_AGAIN, f"retrying after {duration(pause)}")
            return Outcome.LATER
        if work.draft.is_true(READY):
            work.draft.failed("ReconcileError", str(error))
        raise
    return _after_remediation(work) if action.kind == REMEDIATE else None


def _timeout(work: Work, action: Action) -> float:
    return work.spec.timeout("" if action.kind == DRIFT else action.name)


def _after_remediation(work: Work) -> Outcome:
    if (pause := work.spec.retry_after(work.status)) is not None:
        work.draft.reconciling(_AGAIN, f"retrying after {duration(pause)}")
        return Outcome.LATER
    remediation = work.spec.active_remediation(work.status)
    uninstalled = remediation and remediation.action == "upgrade" and _uninstalls(remediation)
    if remediation is None or uninstalled or not remediation.exhausted(work.status):
        work.draft.reconciling(_AGAIN, str(work.draft.condition(READY).get("message", "")))
        return Outcome.AGAIN
    work.draft.stalled("RetriesExceeded", _exceeded(work, remediation))
    return Outcome.STALLED


def _interrupted(work: Work) -> Outcome:
    """An action of a kind that has run already: the next attempt goes on."""
    if (pause := work.spec.retry_after(work.status)) is not None:
        work.draft.reconciling(_AGAIN, f"retrying after {duration(pause)}")
        return Outcome.LATER
    remediation = work.spec.active_remediation(work.status)
    if remediation is None or not remediation.exhausted(work.status):
        work.draft.reconciling(_AGAIN, str(work.draft.condition(READY).get("message", "")))
        return Outcome.AGAIN
    work.draft.unmark(RECONCILING)
    return Outcome.DONE


def _uninstalls(remediation: Remediation) -> bool:
    return remediation.strategy == "uninstall"


def _exceeded(work: Work, remediation: Remediation) -> str:
    action = work.status.get("lastAttemptedReleaseAction", "")
    return f"Failed to {action} after {remediation.failures(work.status)} attempt(s)"


def _next(work: Work, found: Found, force: bool) -> Action | None:
    """The action that a state calls for."""
    match found.state:
        case State.IN_SYNC:
            return _in_sync(work, force)
        case State.LOCKED:
            return UNLOCK_RELEASE
        case State.ABSENT:
            return _unless_exhausted(work, INSTALL, force)
        case State.UNMANAGED:
            work.forget()
            return UPGRADE
        case State.OUT_OF_SYNC:
            return _unless_exhausted(work, UPGRADE, force)
        case State.DRIFTED:
            return _drifted(work, found)
        case State.UNTESTED:
            _no_longer_remedied(work)
            return TESTS
        case State.FAILED:
            return _failed(work, force)


def _unless_exhausted(work: Work, action: Action, force: bool) -> Action:
    remediation = work.spec.remediation(action.name)
    if remediation.exhausted(work.status) and not force:
        active = work.spec.active_remediation(work.status) or remediation
        raise _Stalled("RetriesExceeded", _exceeded(work, active))
    return action


def _in_sync(work: Work, force: bool) -> Action | None:
    remediation = work.spec.active_remediation(work.status)
    if work.spec.retry_after(work.status) is not None:
        work.status["history"] = work.history[:MAX_HISTORY]
    else:
        ignore = remediation.ignore_tests if remediation else work.spec.ignores_test_failures
        work.status["history"] = truncated(work.history, ignore)
    if force:
        return UPGRADE
    _no_longer_remedied(work)
    _no_longer_failed(work)
    if work.spec.drift != "disabled":
        message = "No drift detected against the cluster state"
        work.draft.mark(DRIFTED, "False", "NoDriftDetected", message)
    return None


def _no_longer_remedied(work: Work) -> None:
    """A rollback may have led to just what is wanted now: then it counts as an upgrade."""
    current = work.current
    if work.draft.is_true(REMEDIATED) and current is not None:
        work.draft.unmark(REMEDIATED)
        work.draft.mark(RELEASED, "True", "UpgradeSucceeded", succeeded("upgrade", current))


def _no_longer_failed(work: Work) -> None:
    """In sync in spite of what the last action said."""
    current, released = work.current, work.draft.condition(RELEASED)
    if current is None or (work.draft.is_true(READY) and work.draft.is_true(RELEASED)):
        return
    action = {"InstallFailed": "install", "UpgradeFailed": "upgrade"}.get(
        str(released.get("reason"))
    )
    if action:
        reason = f"{action.capitalize()}Succeeded"
        work.draft.mark(RELEASED, "True", reason, succeeded(action, current))
        summarize(work.draft, work.spec)


def _drifted(work: Work, found: Found) -> Action | None:
    current = work.current
    assert current is not None
    rows = "\n".join(str(change) for change in found.changes)
    name = full_name(current)
    message = f"Cluster state of release {name} has drifted from the desired state:\n{rows}"
    work.event(ERROR, "DriftDetected", message)
    work.draft.mark(DRIFTED, "True", "DriftDetected", message)
    return correct(found.changes) if work.spec.drift == "enabled" else None


def _failed(work: Work, force: bool) -> Action:
    if work.spec.retry_after(work.status) is not None:
        work.status["history"] = work.history[:MAX_HISTORY]
        return UPGRADE
    remediation = work.spec.active_remediation(work.status)
    if remediation is None or remediation.failures(work.status) <= 0 or force:
        return UPGRADE
    if remediation.exhausted(work.status) and not remediation.last:
        raise _Stalled("RetriesExceeded", _exceeded(work, remediation))
    work.status["history"] = truncated(work.history, remediation.ignore_tests)
    return UNINSTALL if _uninstalls(remediation) else _rollback(work, remediation)


def _rollback(work: Work, remediation: Remediation) -> Action:
    target = previous(work.history, remediation.ignore_tests)
    if target is None:
        raise _Stalled(
            "MissingRollbackTarget",
            "Failed to perform remediation: missing target release for rollback: "
            "cannot remediate failed release",
        )
    stored = work.storage.get(str(target["name"]), int(target["version"]))
    # One that was removed or changed by hand is nothing to go back to: the upgrade is tried again.
    return ROLLBACK if stored is not None and is_ours(target, stored) else UPGRADE
