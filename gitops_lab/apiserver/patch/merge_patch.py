"""JSON merge patch, RFC 7386."""

from typing import Any

from gitops_lab.apiserver.patch.errors import PatchError


def merge_patch(doc: dict[str, Any], patch: Any) -> dict[str, Any]:
    """The document with the patch merged in; what the patch leaves alone is shared with `doc`."""
    if not isinstance(patch, dict):
        raise PatchError("error decoding patch: a merge patch is an object")
    return _merge(doc, patch)


def _merge(doc: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result = dict(doc) if isinstance(doc, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = _merge(result.get(key), value)
        else:
            result[key] = value
    return result
