"""Which workspace a command is about."""

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
    running = [each for each in there if open_workspace(each, home=home).running()]
    if len(running) == 1:
        return open_workspace(running[0], home=home)
    raise UsageError(
        f"there are several workspaces: {', '.join(there)}.",
        reason="WhichWorkspace",
        hint="Name one with --workspace, or set GITOPS_LAB_WORKSPACE.",
    )


def chosen_running(name: str) -> "Workspace":
    """The same, refused with the fix when it does not run."""
    workspace = chosen(name)
    workspace.require_running()
    return workspace
