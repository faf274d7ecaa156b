"""Persistent volumes: claims are bound to them, made for them, and kept while pods use them."""

from gitops_lab.controllers.volumes.claims import ClaimsController
from gitops_lab.controllers.volumes.classes import PROVISIONER, ClassesController
from gitops_lab.controllers.volumes.protection import ClaimProtection, VolumeProtection
from gitops_lab.controllers.volumes.volumes import VolumesController

__all__ = [
    "PROVISIONER",
    "ClaimProtection",
    "ClaimsController",
    "ClassesController",
    "VolumeProtection",
    "VolumesController",
]
