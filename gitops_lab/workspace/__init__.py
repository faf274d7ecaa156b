"""Workspaces: clusters, a Git server with seeded repositories, and an engine, as one thing."""

from gitops_lab.workspace.folder import Folder, checked_name, default_home
from gitops_lab.workspace.plan import Report, SeedRepo, StepReport, WorkspacePlan
from gitops_lab.workspace.settle import wait_settled
from gitops_lab.workspace.up import down, open_workspace, resume, stop, up, workspaces
from gitops_lab.workspace.workspace import Workspace

__all__ = [
    "Folder",
    "Report",
    "SeedRepo",
    "StepReport",
    "Workspace",
    "WorkspacePlan",
    "checked_name",
    "default_home",
    "down",
    "open_workspace",
    "resume",
    "stop",
    "up",
    "wait_settled",
    "workspaces",
]
