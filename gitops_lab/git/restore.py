"""Taking back what commits did: a new commit after which some paths are as they were."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gitops_lab.git.commits import LAB_AUTHOR, Author
from gitops_lab.git.fastimport import NewCommit, write_commit
from gitops_lab.git.process import run

Difference = tuple[str, str, str]
"""(mode, blob sha, path); mode "000000" where the path is to go."""


def differences(repository: Path, now: str, then: str, paths: Sequence[str]) -> list[Difference]:
    """What has to change below `paths` ("" is everything) so that commit `now` becomes `then`."""
    limits = [path for path in paths if path] if "" not in paths else []
    arguments = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", now, then, "--"]
    answer = run([*arguments, *limits], cwd=repository)
    return list(_read(answer.decode("utf-8", "surrogateescape")))


def taken_back(repository: Path, now: str, then: str, paths: Sequence[str]) -> list[str]:
    """The commits since `then` that touched these paths, newest first: short sha and subject."""
    limits = [path for path in paths if path] if "" not in paths else []
    answer = run(["log", "--format=%h %s", f"{then}..{now}", "--", *limits], cwd=repository)
    return answer.decode(errors="replace").splitlines()


def restore(
    repository: Path,
    branch: str,
    parent: str,
    message: str,
    changes: Sequence[Difference],
    *,
    author: Author = LAB_AUTHOR,
) -> str:
    """Make the commit; its sha. Raises Rejected when the branch has moved from `parent`."""
    kept = tuple(change for change in changes if change[0] != "000000")
    gone: dict[str, bytes | str | None] = {
        path: None for mode, _, path in changes if mode == "000000"
    }
    return write_commit(repository, NewCommit(branch, message, gone, parent, author, kept=kept))


def _read(raw: str) -> Iterator[Difference]:
    """`:old-mode new-mode old-sha new-sha status NUL path NUL`, again and again."""
    parts = raw.split("\0")
    for facts, path in zip(parts[::2], parts[1::2], strict=False):
        _, mode, _, sha, _ = facts.split(" ")
        yield mode, sha, path
