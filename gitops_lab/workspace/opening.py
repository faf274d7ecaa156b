"""Finding the workspaces that there are. Most commands need no more, and have to start fast."""

from pathlib import Path

from gitops_lab.workspace.folder import Folder, checked_name
from gitops_lab.workspace.workspace import Workspace


def open_workspace(name: str, *, home: Path) -> Workspace:
    """The workspace of that name. Raises WorkspaceError when there is none."""
    return Workspace(Folder(home, checked_name(name)))


def workspaces(home: Path) -> list[str]:
    """The names of the workspaces that exist."""
    root = home / "workspaces"
    found = root.iterdir() if root.is_dir() else iter(())
    return sorted(path.name for path in found if (path / "workspace.json").exists())
