"""The StatefulSet controller: pods with names and volumes of their own, one after the other."""

from gitops_lab.controllers.statefulset.controller import StatefulSetController

__all__ = ["StatefulSetController"]
