"""What is done to a release: install, upgrade, roll back, test, uninstall, unlock, correct drift.

Each runs helm, notes what helm has stored, and sets the conditions that it is about. It raises
Retry when nothing was stored: then nothing has happened, and it may simply be tried again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from gitops_lab.dialects.flux.durations import duration
from gitops_lab.dialects.flux.events import ERROR, INFO
from gitops_lab.dialects.flux.helm.crds import apply_definitions
from gitops_lab.dialects.flux.helm.drift import Change, corrected
from gitops_lab.dialects.flux.helm.flags import flags
from gitops_lab.dialects.flux.helm.history import (
    Snapshot,
    chart,
    full_name,
    hooks_of_tests,
    ordered,
    previous,
    recorded,
    snapshot,
)
from gitops_lab.dialects.flux.helm.program import HelmFailed
from gitops_lab.dialects.flux.helm.storage import Stored
from gitops_lab.dialects.flux.helm.summary import RELEASED, REMEDIATED, TEST_SUCCESS, summarize
from gitops_lab.dialects.flux.helm.values import digest
from gitops_lab.dialects.flux.helm.work import Work
from gitops_lab.errors import GitOpsLabError


class Retry(Exception):
    """An action failed before it changed anything; the text says how."""


@dataclass(frozen=True)
class Action:
    """A step: its name as the conditions say it, its kind, and what does it."""

    name: str
    kind: str
    run: Callable[[Work], None]


RELEASE, REMEDIATE, TEST, UNLOCK, DRIFT = "release", "remediate", "test", "unlock", "drift"


def _release(work: Work, action: str, reason: str) -> None:
    work.status["lastAttemptedReleaseAction"] = action
    if action == "install":
        work.forget()
    work.draft.unmark(TEST_SUCCESS, REMEDIATED)
    begun = time.monotonic()
    try:
        problem = _helm(work, action)
    finally:
        took = time.monotonic() - begun
        work.status["lastAttemptedReleaseActionDuration"] = duration(took)
    try:
        if problem is None:
            _released(work, action, reason)
            return
        _not_released(work, action, reason, problem)
        if not work.stored:
            raise Retry(str(problem))
        counter = f"{action}Failures"
        work.status[counter] = int(work.status.get(counter) or 0) + 1
    finally:
        summarize(work.draft, work.spec)


def _helm(work: Work, action: str) -> GitOpsLabError | None:
    """Run helm; the error it ended with."""
    assert work.chart is not None
    try:
        apply_definitions(work, action)
        with work.inputs() as inputs:
            words = [action, work.spec.name, str(work.chart.path), *inputs]
            work.run(action, [*words, *flags(work, action)])
    except GitOpsLabError as error:
        return error
    return None


def _released(work: Work, action: str, reason: str) -> None:
    current = work.current
    assert current is not None
    message = succeeded(action, current)
    work.draft.mark(RELEASED, "True", f"{reason}Succeeded", message)
    if work.spec.tests and "testHooks" not in current:
        waits = f"Helm release {full_name(current)} with chart {chart(current)} is awaiting tests"
        work.draft.mark(TEST_SUCCESS, "Unknown", "AwaitingTests", waits)
    if work.spec.retry_after(work.status) is not None:
        clear_failures(work)
    work.event(INFO, f"{reason}Succeeded", message, current)


def succeeded(action: str, current: Snapshot) -> str:
    """What Released says when it is True."""
    return f"Helm {action} succeeded for release {full_name(current)} with chart {chart(current)}"


def _not_released(work: Work, action: str, reason: str, problem: GitOpsLabError) -> None:
    assert work.chart is not None
    message = (
        f"Helm {action} failed for release {work.spec.namespace}/{work.spec.long_name} with chart "
        f"{work.chart.name}@{work.chart.version}: {problem.message}"
    )
    _count(work)
    work.draft.mark(RELEASED, "False", f"{reason}Failed", message)
    about = {
        "chartVersion": work.chart.version,
        "configDigest": digest(work.values),
        "appVersion": work.chart.app_version,
        "ociDigest": work.oci_digest,
    }
    work.event(ERROR, f"{reason}Failed", _with_logs(message, problem), about)


def clear_failures(work: Work) -> None:
    """All three counters begin anew."""
    for counter in ("failures", "installFailures", "upgradeFailures"):
        work.status.pop(counter, None)


def _count(work: Work) -> None:
    work.status["failures"] = int(work.status.get("failures") or 0) + 1


def _with_logs(message: str, problem: Exception) -> str:
    logs = problem.logs if isinstance(problem, HelmFailed) else ""
    return f"{message}\n\nLast Helm logs:\n\n{logs}" if logs else message


def _install(work: Work) -> None:
    _release(work, "install", "Install")


def _upgrade(work: Work) -> None:
    _release(work, "upgrade", "Upgrade")


def _roll_back(work: Work) -> None:
    target = previous(work.history, work.spec.remediation("upgrade").ignore_tests)
    if target is None:
        raise Retry("missing target release for rollback: required to rollback")
    where = f"Helm rollback to previous release {full_name(target)} with chart {chart(target)}"
    try:
        words = ["rollback", str(target["name"]), str(target["version"])]
        work.run("rollback", [*words, *flags(work, "rollback", int(target["version"]))])
    except HelmFailed as error:
        _remedied(work, "Rollback", f"{where} failed: {error.message}", target, error)
    else:
        _remedied(work, "Rollback", f"{where} succeeded", target)


def _uninstall_remediation(work: Work) -> None:
    current = work.current
    if current is None:
        raise Retry("no latest release: required to uninstall")
    where = (
        f"Helm uninstall remediation for release {full_name(current)} with chart {chart(current)}"
    )
    try:
        words = ["uninstall", str(current["name"])]
        work.run("uninstall-remediation", [*words, *flags(work, "uninstall")], current["name"])
    except HelmFailed as error:
        _remedied(work, "Uninstall", f"{where} failed: {error.message}", current, error)
    else:
        _remedied(work, "Uninstall", f"{where} succeeded", current)


def _remedied(
    work: Work, reason: str, message: str, about: Snapshot, problem: HelmFailed | None = None
) -> None:
    if problem is not None:
        _count(work)
    outcome = "Failed" if problem else "Succeeded"
    work.draft.mark(REMEDIATED, "False" if problem else "True", f"{reason}{outcome}", message)
    work.event(
        ERROR if problem else INFO,
        f"{reason}{outcome}",
        _with_logs(message, problem) if problem else message,
        about,
    )
    summarize(work.draft, work.spec)
    if problem is not None and not work.stored:
        raise Retry(str(problem))


def _test(work: Work) -> None:
    problem = ""
    try:
        work.run("test", ["test", work.spec.name, *flags(work, "test")])
    except HelmFailed as error:
        problem = error.message
    last = work.storage.last(work.spec.name)
    tested = last is not None and (work.stored or not problem)
    if last is not None and tested:
        hooks = hooks_of_tests(last)
        work.status["history"] = recorded(work.history, [_tested(work, last, hooks)])
    _tell_test(work, problem, tested)
    summarize(work.draft, work.spec)
    if problem and not tested:
        raise Retry(problem)


def _tested(work: Work, last: Stored, hooks: dict[str, object]) -> Snapshot:
    current = work.current or {}
    action, oci_digest = str(current.get("action", "")), str(current.get("ociDigest", ""))
    return {**snapshot(last, action=action, oci_digest=oci_digest), "testHooks": hooks}


def _tell_test(work: Work, problem: str, tested: bool) -> None:
    current = work.current
    assert current is not None
    what = f"for release {full_name(current)} with chart {chart(current)}"
    if not problem:
        count = len(current.get("testHooks") or {})
        many = f"{count} test hook{'s' if count > 1 else ''} completed successfully"
        message = f"Helm test succeeded {what}: {many if count else 'no test hooks'}"
        work.draft.mark(TEST_SUCCESS, "True", "TestSucceeded", message)
        work.event(INFO, "TestSucceeded", message, current)
        return
    message = f"Helm test failed {what}: {problem}"
    _count(work)
    work.draft.mark(TEST_SUCCESS, "False", "TestFailed", message)
    work.event(ERROR, "TestFailed", message, current)
    remediation = work.spec.active_remediation(work.status)
    if tested and remediation and not remediation.ignore_tests:
        work.status[remediation.counter] = remediation.failures(work.status) + 1


def _unlock(work: Work) -> None:
    last = work.storage.last(work.spec.name)
    if last is None:
        return
    status = last.status
    failed = work.storage.fail(last, f"Release unlocked from stale '{status}' state")
    known = next((one for one in work.history if one["version"] == failed.version), {})
    fresh = snapshot(failed, action=str(known.get("action", "")))
    if known:
        work.status["history"] = recorded(work.history, [fresh])
    message = (
        f"Unlocked Helm release {full_name(fresh)} with chart {chart(fresh)} in {status} state"
    )
    work.draft.mark(RELEASED, "False", "PendingRelease", message)
    work.event(INFO, "PendingRelease", message, fresh)
    summarize(work.draft, work.spec)


def correct(found: tuple[Change, ...]) -> Action:
    """Bring back what has drifted."""

    def run(work: Work) -> None:
        work.draft.mark("Ready", "Unknown", "Progressing", "correcting cluster drift")
        done, failures = corrected(work.client, found)
        current = ordered(work.history)[0]
        name = full_name(current)
        if failures:
            partly = "partially " if done else ""
            text = f"Failed to {partly}correct cluster state of release {name}:\n"
            text += "\n".join(failures)
            if done:
                text += "\n\nSuccessful corrections:\n" + "\n".join(done)
            work.event(ERROR, "DriftCorrectionFailed", text, current)
        elif done:
            text = f"Cluster state of release {name} has been corrected:\n" + "\n".join(done)
            work.event(INFO, "DriftCorrected", text, current)

    return Action("correct cluster drift", DRIFT, run)


INSTALL = Action("install", RELEASE, _install)
UPGRADE = Action("upgrade", RELEASE, _upgrade)
ROLLBACK = Action("rollback", REMEDIATE, _roll_back)
UNINSTALL = Action("uninstall", REMEDIATE, _uninstall_remediation)
TESTS = Action("test", TEST, _test)
UNLOCK_RELEASE = Action("unlock", UNLOCK, _unlock)
