"""Garbage collection: what is owned goes with its owners."""

from gitops_lab.controllers.garbage.controller import GarbageCollector

__all__ = ["GarbageCollector"]
