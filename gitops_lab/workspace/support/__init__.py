"""One archive with all that an instructor needs to help, and nothing that is secret."""

from gitops_lab.workspace.support.collect import Collected, collect

__all__ = ["Collected", "collect"]
