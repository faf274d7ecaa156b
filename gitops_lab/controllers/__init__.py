"""What kube-controller-manager does: the loops that make a cluster keep what objects ask for.

`Manager` runs them all. They speak to the API server through `kube.Client` alone, so they work on
any cluster that has no controllers of its own.
"""

from gitops_lab.controllers.manager import Manager

__all__ = ["Manager"]
