"""Where a release stands, compared with what its HelmRelease wants: the first question of all."""

from dataclasses import dataclass
from enum import StrEnum

from gitops_lab.dialects.flux.helm.drift import Change, changes
from gitops_lab.dialects.flux.helm.history import Snapshot, has_failed_test, is_ours
from gitops_lab.dialects.flux.helm.storage import PENDING, Stored
from gitops_lab.dialects.flux.helm.summary import unobserved
from gitops_lab.dialects.flux.helm.values import digest
from gitops_lab.dialects.flux.helm.work import Work
from gitops_lab.kube.errors import ApiError


class State(StrEnum):
    """The states, as helm-controller names them."""

    ABSENT = "Absent"
    UNMANAGED = "Unmanaged"
    OUT_OF_SYNC = "OutOfSync"
    DRIFTED = "Drifted"
    LOCKED = "Locked"
    UNTESTED = "Untested"
    IN_SYNC = "InSync"
    FAILED = "Failed"


@dataclass(frozen=True)
class Found:
    """A state, why, and what has drifted."""

    state: State
    reason: str = ""
    changes: tuple[Change, ...] = ()
    stored: Stored | None = None


class UnknownState(Exception):
    """A release whose state says nothing; the text says why."""


def determine(work: Work) -> Found:
    """The state of the release. Raises UnknownState and ApiError."""
    try:
        stored = work.storage.last(work.spec.name)
    except ApiError as error:
        told = "failed to retrieve last release from storage: query: failed to query with labels"
        raise UnknownState(f"{told}: {error.message}") from error
    if stored is None:
        return Found(State.ABSENT, "no release in storage for object")
    if stored.status in PENDING:
        return Found(State.LOCKED, f"release with status '{stored.status}'", stored=stored)
    current = work.current
    if current is None:
        if stored.status == "uninstalled":
            return Found(State.ABSENT, "found uninstalled release in storage")
        return Found(State.UNMANAGED, "found existing release in storage")
    if not is_ours(current, stored):
        return Found(State.UNMANAGED, "release not observed to be made for object")
    match stored.status:
        case "failed":
            return Found(State.FAILED)
        case "uninstalled":
            return Found(State.ABSENT, "found uninstalled release in storage")
        case "deployed":
            return _deployed(work, stored, current)
    raise UnknownState(f"unable to determine state for release with status '{stored.status}'")


def _deployed(work: Work, stored: Stored, current: Snapshot) -> Found:
    if reason := _out_of_sync(work, stored, current):
        return Found(State.OUT_OF_SYNC, reason)
    if work.spec.tests:
        if "testHooks" not in current:
            return Found(State.UNTESTED)
        remediation = work.spec.active_remediation(work.status)
        if remediation and not remediation.ignore_tests and has_failed_test(current):
            return Found(State.FAILED, "release has test in failed phase")
    if work.spec.drift != "disabled":
        ignore = work.spec.spec["driftDetection"].get("ignore") or []
        if drifted := changes(work.client, stored, ignore):
            return Found(State.DRIFTED, changes=tuple(drifted))
    return Found(State.IN_SYNC)


def _out_of_sync(work: Work, stored: Stored, current: Snapshot) -> str:
    chart = work.chart
    if chart and (stored.chart.get("name"), stored.chart.get("version")) != (
        chart.name,
        chart.version,
    ):
        return "release chart changed"
    if current.get("configDigest") != digest(work.values):
        return "release config values changed"
    if work.status.get("observedGeneration") != work.draft.generation and (
        what := unobserved(work.draft, work.spec)
    ):
        return f"{what} digest has changed"
    return ""
