"""Taints that evict: pods leave a node that they don't, or no longer, tolerate."""

from gitops_lab.controllers.taints.controller import TaintController

__all__ = ["TaintController"]
