"""JSON merge patch (RFC 7386), as a request brings it."""

from typing import Any

from gitops_lab.apiserver.patch.errors import PatchError
from gitops_lab.kube.merge_patch import merged


def merge_patch(doc: dict[str, Any], patch: Any) -> dict[str, Any]:
    """The document with the patch merged in; what the patch leaves alone is shared with `doc`."""
    if not isinstance(patch, dict):
        raise PatchError("error decoding patch: a merge patch is an object")
    return merged(doc, patch)
