"""Which pushes concern an App: those to a repository and revision that it reads. Pure."""

from collections.abc import Iterable

from gitops_lab.engine.ranges import is_range


def concerns(reads: Iterable[tuple[str, str]], repo: str, moved: set[str]) -> bool:
    """Whether one of the refs that moved is among (repository, revision)s; no refs means any."""
    return any(read == repo and _follows(revision, moved) for read, revision in reads)


def _follows(revision: str, moved: set[str]) -> bool:
    if not moved or moved & {revision, f"refs/heads/{revision}", f"refs/tags/{revision}"}:
        return True
    return is_range(revision) and any(ref.startswith("refs/tags/") for ref in moved)
