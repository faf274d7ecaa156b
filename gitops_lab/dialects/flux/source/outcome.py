"""How a reconciliation of a source may end other than well, and what its Ready condition then says.

The order in which conditions are summed up is source-controller's.
"""

from collections.abc import Sequence

from gitops_lab.dialects.flux.draft import READY, RECONCILING, STALLED, Draft
from gitops_lab.dialects.flux.storage import Storage

FETCH_FAILED = "FetchFailed"
STORAGE_FAILED = "StorageOperationFailed"
INCLUDE_UNAVAILABLE = "IncludeUnavailable"
OUTDATED = "ArtifactOutdated"
IN_STORAGE = "ArtifactInStorage"
VERIFIED = "SourceVerified"
_NEGATIVE = (STORAGE_FAILED, FETCH_FAILED, INCLUDE_UNAVAILABLE, OUTDATED, STALLED, RECONCILING)
PROGRESSING, RETRYING, SUCCEEDED = "Progressing", "ProgressingWithRetry", "Succeeded"


class SourceFailed(Exception):
    """A source can't be had. `condition` says where; `pause` seconds until the next look.

    Without a pause it is tried again with back-off; `stalled` means that nobody tries again before
    the resource changes, `waits` that it is no mistake: something has to come first.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        condition: str = FETCH_FAILED,
        stalled: bool = False,
        pause: float | None = None,
        waits: bool = False,
    ) -> None:
        super().__init__(message)
        self.reason, self.message, self.condition = reason, message, condition
        self.stalled, self.pause, self.waits = stalled, pause, waits


def unsupported(field: str, why: str) -> SourceFailed:
    """A field that is not served here; never passed over in silence."""
    return SourceFailed(
        "UnsupportedField",
        f"{field} is not supported by GitOps Lab: {why}",
        stalled=True,
    )


def in_progress(draft: Draft, message: str, *, drift: bool) -> None:
    """Something is being done; Ready is Unknown while what is there is outdated."""
    draft.reconciling(PROGRESSING, message)
    ready = draft.condition(READY).get("status", "Unknown")
    if drift or ready == "Unknown":
        draft.mark(READY, "Unknown", PROGRESSING, message)


def begun(draft: Draft, storage: Storage) -> None:
    """A pass begins; an artifact that is no longer in storage is forgotten."""
    in_progress(draft, "reconciliation in progress", drift=False)
    observed = int(draft.status.get("observedGeneration", 0))
    if observed != draft.generation:
        told = f"processing object: new generation {observed} -> {draft.generation}"
        in_progress(draft, told, drift=False)
    artifact = draft.status.get("artifact")
    if artifact and not storage.exists(artifact):
        draft.status.pop("artifact")
        in_progress(draft, "building artifact: disappeared from storage", drift=True)
    elif not artifact:
        in_progress(draft, "building artifact", drift=True)
    if "artifact" not in draft.status:
        draft.unmark(IN_STORAGE)
    draft.write()


def failed(draft: Draft, failure: SourceFailed) -> None:
    """The conditions after a failure; the generation counts as seen only when it is stalled."""
    verified = failure.condition == VERIFIED
    draft.mark(failure.condition, "False" if verified else "True", failure.reason, failure.message)
    if failure.stalled:
        draft.stalled(failure.reason, failure.message)
        draft.observed()
    elif draft.is_true(RECONCILING):
        draft.reconciling(RETRYING, str(draft.condition(RECONCILING).get("message")))
    sum_up(draft)


def succeeded(draft: Draft, revision: str) -> None:
    """The conditions of a source whose artifact is as it should be."""
    draft.unmark(FETCH_FAILED, STORAGE_FAILED, INCLUDE_UNAVAILABLE, OUTDATED, STALLED, RECONCILING)
    draft.mark(IN_STORAGE, "True", SUCCEEDED, f"stored artifact for revision '{revision}'")
    draft.observed()
    sum_up(draft)


def sum_up(draft: Draft, negative: Sequence[str] = _NEGATIVE) -> None:
    """Set Ready to what the other conditions amount to: the first bad one, else the artifact."""
    if draft.condition(VERIFIED).get("status") == "False":
        told = draft.condition(VERIFIED)
        draft.failed(str(told["reason"]), str(told["message"]))
        return
    for kind in negative:
        if draft.is_true(kind):
            told = draft.condition(kind)
            draft.failed(str(told["reason"]), str(told["message"]))
            return
    if told := draft.condition(IN_STORAGE):
        draft.mark(READY, str(told["status"]), str(told["reason"]), str(told["message"]))
