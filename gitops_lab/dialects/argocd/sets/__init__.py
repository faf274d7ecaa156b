"""ApplicationSet: Applications made from a template and parameters."""

from gitops_lab.dialects.argocd.sets.controller import ApplicationSets, part
from gitops_lab.dialects.argocd.sets.definition import definitions

__all__ = ["ApplicationSets", "definitions", "part"]
