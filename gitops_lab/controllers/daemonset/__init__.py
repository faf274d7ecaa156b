"""The DaemonSet controller: one pod on every node that is meant to have one."""

from gitops_lab.controllers.daemonset.controller import DaemonSetController

__all__ = ["DaemonSetController"]
