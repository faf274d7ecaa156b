"""JSON merge patches (RFC 7386): applied to a document, and found between two. Pure."""

from collections.abc import Mapping
from typing import Any


def merged(document: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the patch in it; what the patch leaves alone is shared with `document`.

    A document that is no mapping is replaced.
    """
    found = dict(document) if isinstance(document, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            found.pop(key, None)
        elif isinstance(change, Mapping):
            found[key] = merged(found.get(key), change)
        else:
            found[key] = change
    return found


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that leads from one mapping to the other; {} when they are equal."""
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if key in before and isinstance(old, Mapping) and isinstance(value, Mapping):
            if below := merge_patch(old, value):
                patch[key] = below
        elif key not in before or old != value:
            patch[key] = value
    return patch
