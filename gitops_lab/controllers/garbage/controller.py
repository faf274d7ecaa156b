"""Deletes what has lost its owners, and finishes foreground and orphaning deletions.

The decisions are those of kube-controller-manager 1.37 (pkg/controller/garbagecollector): before an
object is deleted, it and the owners that the graph does not know are read from the server.
"""

import logging
from dataclasses import dataclass, field

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.monitors import Monitors
from gitops_lab.controllers.framework.ownership import owner_references, write_owners
from gitops_lab.controllers.framework.workers import Context, Controller, Retry
from gitops_lab.controllers.garbage.graph import (
    FOREGROUND,
    ORPHAN,
    Affected,
    Graph,
    Node,
    node_of,
)
from gitops_lab.kube import JSON_PATCH
from gitops_lab.kube.errors import NotFound, UnknownKind
from gitops_lab.kube.objects import Object, is_terminating, uid_of

log = logging.getLogger(__name__)

_CHECK, _ORPHAN = "check", "orphan"
_PROPAGATION = {ORPHAN: "Orphan", FOREGROUND: "Foreground"}


@dataclass
class _Owners:
    """An object's owner references by what became of the owners."""

    solid: list[Object] = field(default_factory=list)
    gone: list[Object] = field(default_factory=list)
    waiting: list[Object] = field(default_factory=list)


class GarbageCollector(Controller):
    """Follows ownership over all kinds. Its keys are ("check" or "orphan", uid)."""

    name = "garbage-collector-controller"

    def __init__(self, context: Context, monitors: Monitors) -> None:
        super().__init__(context)
        self._graph = Graph()
        self._monitors = monitors
        monitors.subscribe(self._on_change)

    def sync(self, key: Key) -> None:
        """Look at one object."""
        task, uid = key
        node = self._graph.get(uid)
        if node is None:
            return
        if not self._monitors.settled():
            raise Retry("not all kinds are listed yet")
        if task == _ORPHAN:
            self._orphan(node)
        elif node.waits_for_dependents:
            self._wait_for_dependents(node)
        elif not node.deleting:
            self._check(node)

    def _on_change(self, kind: str, new: Object, old: Object | None) -> None:
        if old is not None and uid_of(old) != uid_of(new):
            self._look_at(self._graph.remove(uid_of(old)))
        if kind == "DELETED":
            self._look_at(self._graph.remove(uid_of(new)))
        else:
            self._look_at(self._graph.put(node_of(new)))

    def _look_at(self, affected: Affected) -> None:
        for uid in affected.orphan:
            self.enqueue((_ORPHAN, uid))
        for uid in affected.check:
            self.enqueue((_CHECK, uid))

    # -- the three tasks

    def _check(self, node: Node) -> None:
        """Delete the object if none of its owners is left."""
        if self._graph.is_safe(node):
            return
        latest = self._live(node)
        if latest is None or not owner_references(latest):
            return
        owners = self._classified(node, owner_references(latest))
        if owners.solid:
            if owners.gone or owners.waiting:
                write_owners(self.client, latest, owners.solid)
            self._come_back_until_seen(owners.solid)
            return
        dependents = self._graph.dependents(node.uid)
        if owners.waiting and dependents:
            if any(one.waits_for_dependents for one in dependents):
                # A circle: each would wait for the other for ever.
                latest = self._unblocked(latest)
            self._delete(latest, "Foreground")
            return
        finalizers = latest["metadata"].get("finalizers") or []
        asked = [word for mark, word in _PROPAGATION.items() if mark in finalizers]
        self._delete(latest, (asked or ["Background"])[0])

    def _come_back_until_seen(self, references: list[Object]) -> None:
        """An owner that only the server knows may go before its kind is followed: nobody told us.

        Raises Retry while there is one.
        """
        for reference in references:
            if self._graph.get(str(reference.get("uid"))) is None:
                raise Retry(f"{reference.get('kind')} {reference.get('name')} is not seen yet")

    def _wait_for_dependents(self, node: Node) -> None:
        """Let a foreground deletion go on when nothing blocks it; else delete what does."""
        blocking = [one for one in self._graph.dependents(node.uid) if one.blocks(node.uid)]
        if not blocking:
            self._remove_finalizer(node, FOREGROUND)
        for one in blocking:
            if not one.waits_for_dependents:
                self.enqueue((_CHECK, one.uid))

    def _orphan(self, node: Node) -> None:
        """Take the owner out of its dependants, then let it go."""
        for one in self._graph.dependents(node.uid):
            latest = self._live(one)
            if latest is not None:
                references = owner_references(latest)
                kept = [ref for ref in references if ref.get("uid") != node.uid]
                if kept != references:
                    write_owners(self.client, latest, kept)
        self._remove_finalizer(node, ORPHAN)

    # -- owners

    def _classified(self, node: Node, references: list[Object]) -> _Owners:
        owners = _Owners()
        for reference in references:
            owner = self._owner(node, reference)
            if owner is None:
                owners.gone.append(reference)
            elif owner.waits_for_dependents:
                owners.waiting.append(reference)
            else:
                owners.solid.append(reference)
        return owners

    def _owner(self, node: Node, reference: Object) -> Node | None:
        """The owner that a reference means, None when there is none. Raises UnknownKind."""
        uid = str(reference.get("uid"))
        known = self._graph.get(uid)
        if known is not None and known.is_named_by(reference, node):
            return known
        if self._graph.is_gone(uid):
            return None
        if known is not None and known.namespace not in ("", node.namespace):
            self._warn_of_namespace(node, reference)
        resource = self.client.resource(reference["apiVersion"], reference["kind"])
        if resource.namespaced and not node.namespace:
            # A namespaced owner of a cluster-scoped object can't be looked up; leave both alone.
            return Node(reference["apiVersion"], reference["kind"], "", "", "")
        namespace = node.namespace if resource.namespaced else ""
        try:
            found = self.client.get(
                reference["apiVersion"], reference["kind"], reference["name"], namespace
            )
        except UnknownKind:
            raise
        except NotFound:
            return None
        return node_of(found) if uid_of(found) == reference.get("uid") else None

    def _warn_of_namespace(self, node: Node, reference: Object) -> None:
        owner = (
            f"[{reference.get('apiVersion')}/{reference.get('kind')}, "
            f"namespace: {node.namespace}, name: {reference.get('name')}, "
            f"uid: {reference.get('uid')}]"
        )
        message = f'ownerRef {owner} does not exist in namespace "{node.namespace}"'
        self.events.warning(_as_object(node), "OwnerRefInvalidNamespace", message)

    # -- writes

    def _live(self, node: Node) -> Object | None:
        """The object as the server has it; None when it is gone or another one now."""
        try:
            latest = self.client.get(node.api_version, node.kind, node.name, node.namespace)
        except NotFound:
            return None
        return latest if uid_of(latest) == node.uid else None

    def _delete(self, latest: Object, propagation: str) -> None:
        if is_terminating(latest) and propagation == "Background":
            return
        metadata = latest["metadata"]
        resource = self.client.resource(latest["apiVersion"], latest["kind"])
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
            "preconditions": {
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
        }
        path = resource.path(metadata.get("namespace", ""), metadata["name"])
        try:
            self.client.request("DELETE", path, body=options)
        except NotFound:
            return

    def _unblocked(self, latest: Object) -> Object:
        references = [{**ref, "blockOwnerDeletion": False} for ref in owner_references(latest)]
        return write_owners(self.client, latest, references)

    def _remove_finalizer(self, node: Node, finalizer: str) -> None:
        latest = self._live(node)
        held = list((latest or {"metadata": {}})["metadata"].get("finalizers") or [])
        if latest is None or finalizer not in held:
            return
        path = "/metadata/finalizers"
        change = [
            {"op": "test", "path": "/metadata/uid", "value": node.uid},
            {"op": "test", "path": path, "value": held},
            {"op": "replace", "path": path, "value": [one for one in held if one != finalizer]},
        ]
        try:
            self.client.patch(latest, change, content_type=JSON_PATCH)
        except NotFound:
            return


def _as_object(node: Node) -> Object:
    metadata = {"name": node.name, "namespace": node.namespace, "uid": node.uid}
    return {"apiVersion": node.api_version, "kind": node.kind, "metadata": metadata}
