"""What becomes of the objects when an Application goes: all of them with it, or none.

With the finalizer `resources-finalizer.argocd.argoproj.io` they are deleted, the last wave first,
and hooks that ran before with them. Without it they stay. Hooks of the deletion run before and
after, each with a finalizer of its own, which the comparison sets as long as Git has such hooks;
cleaning up after them comes last.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from gitops_lab.dialects.argocd.application import endings
from gitops_lab.dialects.argocd.application.options import (
    HELM_KEEP,
    SYNC_OPTIONS,
    has_option,
    is_hook,
    wave_of,
)
from gitops_lab.dialects.argocd.application.record import DELETION_ERROR, with_conditions
from gitops_lab.dialects.argocd.application.shelf import Shelf, known_entries
from gitops_lab.dialects.argocd.application.spec import DELETION_APPROVED, FINALIZERS
from gitops_lab.dialects.argocd.clusters import NoCluster, Target
from gitops_lab.engine.clock import now, parse, stamp
from gitops_lab.engine.read import read_all
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import Conflict, NotFound
from gitops_lab.kube.objects import annotations_of, is_terminating, uid_of

_LOOK = 0.5
_AFTER_FAILURE = 5.0
Look = Callable[[bool], Object]
"""Compare, say how it stands, and give the Application back; whether something is leaving."""


@dataclass(frozen=True)
class Departure:
    """One Application that is being deleted. Methods raise ApiError."""

    shelf: Shelf
    obj: Object
    look: Look

    def go_on(self) -> float | None:
        """Bring it on; seconds until the next look, None when it is done. Raises LoadFailed."""
        stages = [one for one in self._finalizers() if _is_ours(one)]
        if not stages:
            return None
        target = _target(self.shelf, self.obj)
        if target is None:
            return self._release(self.obj, stages)  # the cluster is gone, and its objects with it
        pre, post = endings.PRE_DELETE, endings.POST_DELETE
        if pre.finalizer in stages:
            return self._hooked(pre, pre.finalizer, target)
        if mine := [name for name in stages if name in FINALIZERS]:
            return self._emptied(target, mine)
        if post.finalizer in stages:
            return self._hooked(post, post.finalizer, target)
        kind = pre if pre.cleanup in stages else post
        return self._hooked(kind, kind.cleanup, target)

    def _finalizers(self) -> list[str]:
        return list(self.obj["metadata"].get("finalizers") or [])

    def _emptied(self, target: Target, finalizers: list[str]) -> float | None:
        """Ask for one wave's deletion, until nothing is left."""
        background = any(name.endswith("/background") for name in finalizers)
        there = [one for one in _live(self.shelf, self.obj, target) if _goes(one, self.obj)]
        if there and not any(is_terminating(one) for one in there):
            if self._waits_for_approval(there):
                self.look(False)
                return _LOOK
            _delete(target, _last_wave(there), "Background" if background else "Foreground")
            self.look(not background)
            return _LOOK
        obj = self.look(False)
        return _LOOK if there else self._release(obj, finalizers)

    def _waits_for_approval(self, there: Iterable[Object]) -> bool:
        """Whether an object is deleted only when somebody agrees, and nobody has since."""
        rows = (self.obj.get("status") or {}).get("resources") or []
        asking = {
            (row.get("group", ""), row.get("kind"), row.get("namespace", ""), row.get("name"))
            for row in rows
            if row.get("requiresDeletionConfirmation")
        }
        keys = [ObjectKey.of(one) for one in there]
        if not any((key.group, key.kind, key.namespace, key.name) in asking for key in keys):
            return False
        said = parse(annotations_of(self.obj).get(DELETION_APPROVED, ""))
        since = parse(str(self.obj["metadata"]["deletionTimestamp"]))
        agreed = said and said.tzinfo and since and said >= since
        return not agreed

    def _hooked(self, kind: endings.Kind, finalizer: str, target: Target) -> float | None:
        """Run the hooks of the deletion, then clean up after them."""
        live = [one for one in _live(self.shelf, self.obj, target) if kind.is_one(one)]
        hooks = endings.Endings(self.shelf, self.obj, target, kind)
        clean = finalizer == kind.cleanup
        done = hooks.cleaned(live) if clean else hooks.ran(live)
        obj = self.look(False)
        return self._release(obj, [finalizer]) if done else _LOOK

    def _release(self, obj: Object, gone: list[str]) -> float | None:
        """Take finalizers off: the next stage begins, or the Application is no more."""
        rest = [name for name in self._finalizers() if name not in gone]
        patch = {"finalizers": rest, "resourceVersion": obj["metadata"]["resourceVersion"]}
        try:
            self.shelf.shared.world.home.patch(obj, {"metadata": patch})
        except NotFound:
            return None
        except Conflict:
            return _LOOK
        if any(_is_ours(name) for name in rest):
            return 0.0
        self.shelf.tell(obj, "apply", "Removed", "everything that it made is deleted.")
        return None


def failed(shelf: Shelf, obj: Object, message: str) -> float:
    """Say why the deletion does not go on; seconds until it is tried again. Raises ApiError."""
    said = f"Unable to delete application resources: {message}"
    shelf.event(obj, "Warning", "StatusRefreshed", said)
    known = (obj.get("status") or {}).get("conditions") or []
    new = [(DELETION_ERROR, message)]
    conditions = with_conditions(known, new, (DELETION_ERROR,), stamp(now()))
    shelf.shared.world.home.patch(obj, {"status": {"conditions": conditions}})
    return _AFTER_FAILURE


def _is_ours(finalizer: str) -> bool:
    return finalizer in FINALIZERS or any(finalizer in kind.finalizers for kind in endings.KINDS)


def _delete(target: Target, objects: Iterable[Object], propagation: str) -> None:
    for one in objects:
        key = ObjectKey.of(one)
        try:
            target.client.delete(
                one["apiVersion"],
                key.kind,
                key.name,
                key.namespace,
                propagation=propagation,
                uid=uid_of(one),
            )
        except (NotFound, Conflict):
            continue


def _live(shelf: Shelf, obj: Object, target: Target) -> list[Object]:
    """What is there of the Application."""
    name = shelf.name_of(obj)
    watched = shelf.watched(target)
    entries = {e.key: e for e in [*known_entries(obj.get("status") or {}), *watched.owned(name)]}
    found = read_all(target.client, entries.values()).values()
    return [one for one in found if shelf.tracking.owner_of(one) == name]


def _goes(obj: Object, app: Object) -> bool:
    """Whether an object is deleted with its Application."""
    if obj.get("kind") == "CustomResourceDefinition" or has_option(
        obj, SYNC_OPTIONS, "Delete=false"
    ):
        return False
    if uid_of(obj) == uid_of(app):
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
