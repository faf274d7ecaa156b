"""What can go wrong in a stage of the engine.

    StageError           .stage .reason .message .place .hint .retry
    ├── AppError         app: the App itself is not valid
    ├── SourceError      source: repository, revision or path
    ├── RenderError      render: YAML, Kustomize
    ├── PlanError        plan: an object that the cluster refuses, or one that isn't ours
    └── ApplyError       apply: a write failed, maybe half-way
        ├── SyncFailed   in `apply`: with an outcome for each object
        └── PruneFailed  in `prune`: likewise

A stage raises; `reconcile` turns the error into a Status in one place.
"""

from gitops_lab.errors import GitOpsLabError, Place


class StageError(GitOpsLabError):
    """A stage failed.

    `retry` says whether trying again with the same commit may help: a network that was down, yes;
    a file that is not YAML, no. A new commit is tried in any case.
    """

    stage = ""
    default_retry = True

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        hint: str = "",
        place: Place | None = None,
        retry: bool | None = None,
    ) -> None:
        super().__init__(message, reason=reason, hint=hint, place=place)
        self.retry = self.default_retry if retry is None else retry


class AppError(StageError):
    """The App's own fields are not valid; `place.field` names the field."""

    stage = "app"
    default_reason = "InvalidApp"
    default_retry = False


class SourceError(StageError):
    """The repository, the revision or the path can't be had."""

    stage = "source"
    default_reason = "SourceFailed"


class RenderError(StageError):
    """The files of the commit don't give objects; the same commit never will."""

    stage = "render"
    default_reason = "RenderFailed"
    default_retry = False


class PlanError(StageError):
    """The objects can't be compared with the cluster, or must not be applied."""

    stage = "plan"
    default_reason = "PlanFailed"


class ApplyError(StageError):
    """The cluster refused a write; what was written before it stays written."""

    stage = "apply"
    default_reason = "ApplyFailed"
