"""The mark on everything that a workspace makes in a cluster that isn't its own.

A label finds it; an annotation with the object's own identity proves it, as labels are copied (by
controllers onto what they make, and by people). Without both an object is somebody else's.
"""

from gitops_lab.engine.app import GROUP
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import annotations_of, labels_of

LABEL = f"{GROUP}/workspace"
MADE = f"{GROUP}/made"


def marked(obj: Object, mark: str) -> Object:
    """The object with the marks of a workspace; the rest is shared, not copied."""
    metadata = dict(obj.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), LABEL: mark}
    made = str(ObjectKey.of(obj))
    metadata["annotations"] = {**(metadata.get("annotations") or {}), MADE: made}
    return {**obj, "metadata": metadata}


def is_ours(obj: Object, mark: str) -> bool:
    """Whether the workspace of that mark made this very object."""
    return labels_of(obj).get(LABEL) == mark and annotations_of(obj).get(MADE) == str(
        ObjectKey.of(obj)
    )
