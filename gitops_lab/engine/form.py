"""The resource of any engine as the GitOpsApp that asks for the same and stands the same. Pure."""

from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.front import Front
from gitops_lab.engine.ids import NATIVE
from gitops_lab.engine.source_spec import Source
from gitops_lab.engine.status import Status, SyncStatus
from gitops_lab.engine.status_object import to_object
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import name_of, namespace_of


def as_native(front: Front, obj: Object, status: Status | None = None) -> Object:
    """What explains, compares and shows GitOpsApps then does the same for others.

    `status` is what is known better than by the resource itself.
    """
    if front.name == NATIVE:
        return obj
    status = status or front.previous(obj)
    metadata: dict[str, Any] = dict(obj.get("metadata") or {})
    try:
        app = front.app(obj)
    except (AppError, ApiError):
        app = App(namespace_of(obj), name_of(obj), Source(""), front=front.name, kind=front.kind)
    # Some engines write their status where it counts as a change: what was seen last is current.
    metadata["generation"] = status.observed_generation or metadata.get("generation", 0)
    said = to_object(status, {}, "")
    if status.sync is SyncStatus.SYNCED and status.revision:
        # A commit that changes nothing of it is in the cluster, though nothing was written for it.
        said["sync"] = {**said["sync"], "revision": status.revision}
    return {**app.to_object(), "metadata": metadata, "status": said}
