"""What becomes of the objects when an Application goes: all of them with it, or none.

With the finalizer `resources-finalizer.argocd.argoproj.io` they are deleted first, the last wave
first. Without it they stay.
"""

from collections.abc import Iterable
from itertools import groupby

from gitops_lab.dialects.argocd.application.options import (
    HELM_KEEP,
    SYNC_OPTIONS,
    has_option,
    is_hook,
    wave_of,
)
from gitops_lab.dialects.argocd.application.shelf import Shelf, known_entries
from gitops_lab.dialects.argocd.application.spec import FINALIZERS, POST_DELETE
from gitops_lab.dialects.argocd.clusters import NoCluster, Target
from gitops_lab.engine.read import read_all
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import Conflict, NotFound
from gitops_lab.kube.objects import annotations_of, is_terminating, uid_of

_LOOK = 0.5


def finalize(shelf: Shelf, obj: Object) -> float | None:
    """Bring the deletion on; seconds until the next look, None when it is done. Raises ApiError."""
    finalizers = list(obj["metadata"].get("finalizers") or [])
    ours = [name for name in finalizers if name in FINALIZERS or name.startswith(POST_DELETE)]
    if not ours:
        return None
    if any(name in FINALIZERS for name in ours):
        left = _delete(shelf, obj, finalizers)
        if left:
            return _LOOK
    rest = [name for name in finalizers if name not in ours]
    patch = {
        "finalizers": rest,
        "resourceVersion": obj["metadata"]["resourceVersion"],
    }
    try:
        shelf.shared.world.home.patch(obj, {"metadata": patch})
    except NotFound:
        return None
    except Conflict:
        return _LOOK
    shelf.tell(obj, "apply", "Removed", "everything that it made is deleted.")
    return None


def _delete(shelf: Shelf, obj: Object, finalizers: list[str]) -> bool:
    """Ask for one wave's deletion; whether anything is left."""
    target = _target(shelf, obj)
    if target is None:
        return False  # the cluster is gone, and its objects with it
    there = _objects(shelf, obj, target)
    if any(is_terminating(one) for one in there):
        return True
    if not there:
        return False
    background = any(name.endswith("/background") for name in finalizers)
    for one in _last_wave(there):
        key = ObjectKey.of(one)
        try:
            target.client.delete(
                one["apiVersion"],
                key.kind,
                key.name,
                key.namespace,
                propagation="Background" if background else "Foreground",
                uid=uid_of(one),
            )
        except (NotFound, Conflict):
            continue
    return True


def _objects(shelf: Shelf, obj: Object, target: Target) -> list[Object]:
    """What is there of the Application and has to go."""
    name = shelf.name_of(obj)
    watched = shelf.watched(target)
    entries = {e.key: e for e in [*known_entries(obj.get("status") or {}), *watched.owned(name)]}
    found = read_all(target.client, entries.values()).values()
    mine = (one for one in found if shelf.tracking.owner_of(one) == name)
    return [one for one in mine if _goes(one) and uid_of(one) != uid_of(obj)]


def _goes(obj: Object) -> bool:
    if obj.get("kind") == "CustomResourceDefinition" or has_option(
        obj, SYNC_OPTIONS, "Delete=false"
    ):
        return False
    return annotations_of(obj).get(HELM_KEEP) != "keep" or is_hook(obj)


def _last_wave(objects: Iterable[Object]) -> list[Object]:
    by_wave = sorted(objects, key=wave_of, reverse=True)
    return list(next(groupby(by_wave, key=wave_of))[1])


def _target(shelf: Shelf, obj: Object) -> Target | None:
    destination = (obj.get("spec") or {}).get("destination") or {}
    try:
        return shelf.shared.clusters.find(
            str(destination.get("server", "")), str(destination.get("name", ""))
        )
    except NoCluster:
        return None
