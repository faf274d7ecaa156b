"""Workspaces: clusters, a Git server with seeded repositories, and an engine, as one thing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gitops_lab.workspace.folder import Folder, checked_name, default_home
from gitops_lab.workspace.opening import open_workspace, workspaces
from gitops_lab.workspace.plan import Report, SeedRepo, StepReport, WorkspacePlan
from gitops_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from gitops_lab.workspace.settle import wait_settled
    from gitops_lab.workspace.up import discard, down, resume, stop, up

__all__ = [
    "Folder",
    "Report",
    "SeedRepo",
    "StepReport",
    "Workspace",
    "WorkspacePlan",
    "checked_name",
    "default_home",
    "discard",
    "down",
    "open_workspace",
    "resume",
    "stop",
    "up",
    "wait_settled",
    "workspaces",
]

_LATE = {
    "discard": "up",
    "down": "up",
    "resume": "up",
    "stop": "up",
    "up": "up",
    "wait_settled": "settle",
}


def __getattr__(name: str) -> Any:
    """Bringing up and taking down is imported when it is asked for: to look takes less.

    All of it is kept then, so that `up` is the function and not its module.
    """
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = {late: import_module(f"{__name__}.{where}") for late, where in _LATE.items()}
    globals().update({late: getattr(module, late) for late, module in modules.items()})
    return globals()[name]
