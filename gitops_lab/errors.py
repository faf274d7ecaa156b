"""The tree of our errors.

    GitOpsLabError            anything that a user is told; exit code 3
    ├── UsageError            wrong usage or an invalid lab; exit code 2
    ├── CheckFailed           a check is red or a lab is not proven; exit code 1
    ├── WorkspaceError        the workspace could not be made, found or kept
    ├── kube.errors.ApiError  the Kubernetes API answered with a failure, or not at all
    ├── kube.yamls.YamlError  a text is not YAML, or more than we read
    ├── git.errors.GitError   a repository or the Git server
    └── engine.errors.StageError
                              a stage of the engine: source, render, plan, apply, health

Each rounds up one paragraph: what happened (the message), a reason for machines, and a hint that
says what to do next. Nothing below the surfaces prints.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something is wrong: a file and line (1-based; 0 is unknown), or an object's field."""

    file: str = ""
    line: int = 0
    object: str = ""
    field: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.file and self.line else self.file
        parts = [where, self.object, self.field]
        return " ".join(part for part in parts if part)


class GitOpsLabError(Exception):
    """What happened, where, and what to do next."""

    exit_code = 3
    default_reason = "InternalError"

    def __init__(
        self, message: str, *, reason: str = "", hint: str = "", place: Place | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.hint = hint
        self.place = place or Place()

    def paragraph(self) -> str:
        """All of it as one paragraph for a terminal."""
        where = f"{self.place}: " if str(self.place) else ""
        return f"{where}{self.message}" + (f" {self.hint}" if self.hint else "")


class UsageError(GitOpsLabError):
    """Wrong usage, or a lab that is not valid."""

    exit_code = 2
    default_reason = "WrongUsage"


class CheckFailed(GitOpsLabError):
    """A check is red, or a lab is not proven."""

    exit_code = 1
    default_reason = "CheckFailed"


class WorkspaceError(GitOpsLabError):
    """A workspace could not be made, found, started or kept."""

    default_reason = "WorkspaceFailed"
