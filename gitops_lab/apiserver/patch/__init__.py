"""The three patch formats that are plain functions of a document and a patch."""

from gitops_lab.apiserver.patch.errors import PatchError
from gitops_lab.apiserver.patch.json_patch import json_patch
from gitops_lab.apiserver.patch.merge_patch import merge_patch
from gitops_lab.apiserver.patch.strategic import strategic_merge

__all__ = ["PatchError", "json_patch", "merge_patch", "strategic_merge"]
