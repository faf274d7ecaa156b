"""Where an ApplicationSet's parameters come from: a module for each generator."""

from gitops_lab.dialects.argocd.sets.generators.generate import Generated, generate, requeue

__all__ = ["Generated", "generate", "requeue"]
