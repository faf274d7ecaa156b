"""A GitOpsApp as the resources of Argo CD or Flux that ask for the same. Pure.

What they can't say is named, never left out in silence.
"""

from gitops_lab.dialects.export.argocd import as_argocd
from gitops_lab.dialects.export.common import FOLDER, HELM, KUSTOMIZE, Exported, Setting
from gitops_lab.dialects.export.flux import as_flux

__all__ = [
    "FOLDER",
    "HELM",
    "KUSTOMIZE",
    "Exported",
    "Setting",
    "as_argocd",
    "as_flux",
]
