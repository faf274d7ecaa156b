"""Who owns which field: managedFields of every write, and server-side apply."""

from gitops_lab.apiserver.fields.applying import apply, check
from gitops_lab.apiserver.fields.conflicts import ApplyConflict, ApplyError
from gitops_lab.apiserver.fields.patching import atomics_of, merged
from gitops_lab.apiserver.fields.update import on_write

__all__ = [
    "ApplyConflict",
    "ApplyError",
    "apply",
    "atomics_of",
    "check",
    "merged",
    "on_write",
]
