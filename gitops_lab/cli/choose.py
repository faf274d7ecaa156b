"""Which workspace a command is about."""

import contextlib
from typing import TYPE_CHECKING

from gitops_lab.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from gitops_lab.workspace import Workspace


def chosen(name: str) -> "Workspace":
    """The workspace of that name, or the only one. Raises WorkspaceError or UsageError."""
    from gitops_lab.workspace import default_home, open_workspace, workspaces

    home = default_home()
    if name:
        return open_workspace(name, home=home)
    there = workspaces(home)
    if len(there) == 1:
        return open_workspace(there[0], home=home)
    if not there:
        raise WorkspaceError(
            "there is no workspace.",
            reason="NoWorkspace",
            hint="Start one with `gitops-lab start LAB`; `gitops-lab list` shows the labs.",
        )
    running = [found for each in there if (found := _running(each))]
    if len(running) == 1:
        return running[0]
    raise UsageError(
        f"there are several workspaces: {', '.join(there)}.",
        reason="WhichWorkspace",
        hint="Name one with --workspace, or set GITOPS_LAB_WORKSPACE.",
    )


def _running(name: str) -> "Workspace | None":
    """The workspace, if it runs; one whose record can't be read is not what is meant."""
    from gitops_lab.workspace import default_home, open_workspace

    with contextlib.suppress(WorkspaceError):
        found = open_workspace(name, home=default_home())
        return found if found.running() else None
    return None


def chosen_running(name: str) -> "Workspace":
    """The same, refused with the fix when it does not run."""
    workspace = chosen(name)
    workspace.require_running()
    return workspace
