"""What is wrong with a patch."""

from gitops_lab.errors import GitOpsLabError


class PatchError(GitOpsLabError):
    """A patch that can't be read (code 400), applied (422) or is too large (413)."""

    default_reason = "BadRequest"

    def __init__(self, message: str, *, code: int = 400, reason: str = "") -> None:
        super().__init__(message, reason=reason)
        self.code = code


class PatchTestFailed(PatchError):
    """A `test` of a JSON patch found another value."""
