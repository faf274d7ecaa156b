"""The forms in which stored objects are shown: themselves, their metadata alone, or a Table."""

from gitops_lab.apiserver.views.base import ListMeta, View
from gitops_lab.apiserver.views.negotiate import view_for

__all__ = ["ListMeta", "View", "view_for"]
