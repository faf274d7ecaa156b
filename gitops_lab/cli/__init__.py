"""The command line. It shows, and decides nothing."""

from gitops_lab.cli.program import main

__all__ = ["main"]
