"""Whether this machine can run a workspace, and what to do if not: `gitops-lab doctor`."""

from gitops_lab.workspace.doctor.examine import Examination, examine, this_machine
from gitops_lab.workspace.doctor.model import DEFAULT_PROVIDER, EVERY, Finding, Level, Machine

__all__ = [
    "DEFAULT_PROVIDER",
    "EVERY",
    "Examination",
    "Finding",
    "Level",
    "Machine",
    "examine",
    "this_machine",
]
