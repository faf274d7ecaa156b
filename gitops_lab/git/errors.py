"""What can go wrong with a repository.

GitError                 .reason .message .hint
├── RepositoryNotFound   there is no repository of that name
├── RevisionNotFound     no branch, tag or commit of that name
├── PathNotFound         the commit has no such file or folder
├── UnsafePath           a name, link or submodule that we don't follow or write
├── TooLarge             more bytes or files than we take
├── Rejected             the other side refused a push, or refs moved in between
└── CommandFailed        git itself failed; the message has its command and its words
"""

from gitops_lab.errors import GitOpsLabError


class GitError(GitOpsLabError):
    """A repository, a clone or the Git server."""

    default_reason = "GitFailed"


class RepositoryNotFound(GitError):
    """There is no repository of that name."""

    default_reason = "RepositoryNotFound"


class RevisionNotFound(GitError):
    """The repository has no such branch, tag or commit."""

    default_reason = "RevisionNotFound"


class PathNotFound(GitError):
    """The commit has no such file or folder."""

    default_reason = "PathNotFound"


class UnsafePath(GitError):
    """A name that leaves its folder, a link that does, or a submodule."""

    default_reason = "UnsafePath"


class TooLarge(GitError):
    """More bytes or files than we take; the message names both numbers."""

    default_reason = "TooLarge"


class Rejected(GitError):
    """A push was refused, or a branch moved while we wrote to it."""

    default_reason = "PushRejected"


class CommandFailed(GitError):
    """git ended with a failure; `output` is what it wrote to standard error."""

    default_reason = "GitFailed"

    def __init__(self, message: str, *, output: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.output = output
