"""Git: the repositories of a workspace, their smart-HTTP server, and the learner's clone."""

from typing import TYPE_CHECKING, Any

from gitops_lab.asgi.basic import USER
from gitops_lab.git.announce import announce
from gitops_lab.git.clone import Clone, write_credentials
from gitops_lab.git.commits import LAB_AUTHOR, Author, Commit
from gitops_lab.git.errors import (
    CommandFailed,
    GitError,
    PathNotFound,
    Rejected,
    RepositoryNotFound,
    RevisionNotFound,
    TooLarge,
    UnsafePath,
)
from gitops_lab.git.export import Limits
from gitops_lab.git.pushes import ZERO, Push, RefUpdate
from gitops_lab.git.repositories import Repositories

if TYPE_CHECKING:
    from gitops_lab.git.server import GitServer

__all__ = [
    "LAB_AUTHOR",
    "USER",
    "ZERO",
    "Author",
    "Clone",
    "CommandFailed",
    "Commit",
    "GitError",
    "GitServer",
    "Limits",
    "PathNotFound",
    "Push",
    "RefUpdate",
    "Rejected",
    "Repositories",
    "RepositoryNotFound",
    "RevisionNotFound",
    "TooLarge",
    "UnsafePath",
    "announce",
    "write_credentials",
]


def __getattr__(name: str) -> Any:
    """The server is imported when it is asked for: most who read repositories don't serve them."""
    if name != "GitServer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gitops_lab.git.server import GitServer

    return GitServer
