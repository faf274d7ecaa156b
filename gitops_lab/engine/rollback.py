"""Going back: skip the bad commit for now, or take it back in Git. Asked for by a person."""

import posixpath
import time
from collections.abc import Iterable

from gitops_lab.engine.app import SYNC_ONLY, SYNC_REQUESTED, App
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.footprint import footprint
from gitops_lab.engine.ops import AppView
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.status import HistoryEntry
from gitops_lab.git import Repositories
from gitops_lab.git.objects import ObjectReader, TreeEntry
from gitops_lab.git.refs import read_ref
from gitops_lab.git.restore import differences, restore, taken_back
from gitops_lab.git.trees import root_tree
from gitops_lab.kube import Client, Object

_SHORTEST = 4


def choose(view: AppView, wanted: str = "") -> HistoryEntry:
    """The entry of the history with that id or commit; without one the last before the newest.

    A commit may be shortened. Raises AppError when there is none.
    """
    newest = view.status.skipped or view.status.revision
    entries = view.status.history

    def fits(entry: HistoryEntry) -> bool:
        if not wanted:
            return entry.revision != newest
        by_commit = len(wanted) >= _SHORTEST and entry.revision.startswith(wanted)
        return wanted == str(entry.id) or by_commit

    found = next((entry for entry in reversed(entries) if fits(entry)), None)
    if found is None:
        known = ", ".join(f"{entry.id} ({entry.revision[:7]})" for entry in entries)
        what = f"has no entry {wanted}" if wanted else "has nothing to go back to"
        raise AppError(
            f"the history of {view.name} {what}.",
            reason="NoSuchRevision",
            hint=f"It has: {known or 'nothing'}.",
        )
    return found


def pin(client: Client, view: AppView, entry: HistoryEntry, sources: Sources) -> str:
    """Deploy that revision for as long as the source stands where it stands now.

    The answer is a mark for `ops.wait_handled`. Raises AppError when the source stands there
    anyway, SourceError when it can't be read.
    """
    head = sources.resolve(view.app.source)
    if head.sha == entry.revision:
        raise AppError(
            f"{view.name} is at {entry.revision[:8]} already, and nothing newer is to be skipped.",
            reason="NothingToSkip",
            hint="`gitops-lab app resume` ends a rollback.",
        )
    mark = f"{time.time_ns():x}"
    rollback: Object = {"revision": entry.revision, "skip": head.sha}
    patch = {
        "spec": {"rollback": rollback},
        "metadata": {"annotations": {SYNC_REQUESTED: mark, SYNC_ONLY: None}},
    }
    client.patch(view.obj, patch)
    return mark


def revert(view: AppView, entry: HistoryEntry, repositories: Repositories) -> str:
    """Commit on the App's branch what takes its files back to that revision; the new sha.

    Only what the App reads is taken back: other folders of the repository stay. Raises AppError
    when the App follows no branch or there is nothing to take back, GitError when it can't be.
    """
    app = view.app
    repository = None if app.source.chart else repositories.path(app.source.repo)
    head = read_ref(repository, f"refs/heads/{app.source.revision}") if repository else ""
    if repository is None or not head:
        raise AppError(
            f"{view.name} follows {app.source.revision!r}, which is no branch to commit to.",
            reason="NoBranch",
            hint="Roll back without --revert.",
        )
    with ObjectReader(repository) as reader:
        paths = sorted({*_read_by(app, reader, head), *_read_by(app, reader, entry.revision)})
    changes = differences(repository, head, entry.revision, paths)
    if not changes:
        raise AppError(
            f"{app.source.revision} says the same as {entry.revision[:8]}: nothing to take back.",
            reason="NothingToRevert",
        )
    message = _message(entry, taken_back(repository, head, entry.revision, paths))
    return restore(repository, app.source.revision, head, message, changes)


def _read_by(app: App, reader: ObjectReader, commit: str) -> Iterable[str]:
    path = posixpath.normpath(app.source.path)
    root = TreeEntry(0o40000, "", root_tree(reader, commit))
    path = "" if path == "." else path
    return {path, *footprint(reader, root, path)}


def _message(entry: HistoryEntry, taken: list[str]) -> str:
    name = f" “{entry.subject}”" if entry.subject else ""
    lines = [f"- {commit}" for commit in taken]
    return "\n".join([f"Go back to {entry.revision[:7]}{name}", "", "This takes back:", *lines, ""])
