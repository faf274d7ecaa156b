"""The life of a namespace: what every one has, and how one ends."""

from gitops_lab.controllers.namespaces.controller import NamespaceController
from gitops_lab.controllers.namespaces.furnish import FurnishController

__all__ = ["FurnishController", "NamespaceController"]
