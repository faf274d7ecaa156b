"""Who owns whom, over all kinds. No I/O; thread-safe.

Owners are found by uid alone, so one that is not known yet costs nothing but an entry.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of, uid_of

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_REMEMBERED = 500


@dataclass(slots=True)
class Node:
    """One object, as far as ownership goes. `owners` are its owner references."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str
    owners: list[Object] = field(default_factory=list)
    deleting: bool = False
    finalizers: tuple[str, ...] = ()

    @property
    def waits_for_dependents(self) -> bool:
        """Whether it is deleted in the foreground: its dependants go first."""
        return self.deleting and FOREGROUND in self.finalizers

    @property
    def waits_for_orphaning(self) -> bool:
        """Whether it is deleted and its dependants are to stay."""
        return self.deleting and ORPHAN in self.finalizers

    def blocks(self, owner_uid: str) -> bool:
        """Whether that owner has to wait for this one to be gone."""
        return any(
            ref.get("uid") == owner_uid and ref.get("blockOwnerDeletion") for ref in self.owners
        )

    def is_named_by(self, reference: Object, dependent: "Node") -> bool:
        """Whether an owner reference of `dependent` means this object, by more than its uid."""
        group = self.api_version.rpartition("/")[0]
        same = (
            reference.get("name") == self.name
            and reference.get("kind") == self.kind
            and str(reference.get("apiVersion", "")).rpartition("/")[0] == group
        )
        return same and self.namespace in ("", dependent.namespace)


def node_of(obj: Object) -> Node:
    """The node of an object."""
    metadata = obj["metadata"]
    return Node(
        api_version=obj["apiVersion"],
        kind=obj["kind"],
        namespace=namespace_of(obj),
        name=name_of(obj),
        uid=uid_of(obj),
        owners=list(metadata.get("ownerReferences") or []),
        deleting=is_terminating(obj),
        finalizers=tuple(metadata.get("finalizers") or ()),
    )


@dataclass
class Affected:
    """What is to be looked at after a change, by uid."""

    check: set[str] = field(default_factory=set)
    orphan: set[str] = field(default_factory=set)


class Graph:
    """All objects and their owners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, Node] = {}
        self._dependents: dict[str, set[str]] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()

    def get(self, uid: str) -> Node | None:
        """The object with that uid, if it is known."""
        return self._nodes.get(uid)

    def dependents(self, uid: str) -> list[Node]:
        """The objects that name that uid as an owner."""
        with self._lock:
            return [self._nodes[one] for one in self._dependents.get(uid, ())]

    def is_gone(self, uid: str) -> bool:
        """Whether an owner with that uid was seen to go; no uid is ever used again."""
        return uid in self._gone

    def is_safe(self, node: Node) -> bool:
        """Whether all owners are known to be there, and stay."""
        with self._lock:
            return all(self._stands(reference, node) for reference in node.owners)

    def put(self, node: Node) -> Affected:
        """An object came or changed."""
        with self._lock:
            before = self._nodes.get(node.uid)
            self._nodes[node.uid] = node
            self._relink(node.uid, before.owners if before else (), node.owners)
            affected = Affected()
            if node.owners and self._is_doubtful(node, before):
                affected.check.add(node.uid)
            if before:
                affected.check |= self._unblocked(before, node)
            if node.waits_for_orphaning and not (before and before.waits_for_orphaning):
                affected.orphan.add(node.uid)
            elif node.waits_for_dependents and not (before and before.waits_for_dependents):
                affected.check |= {node.uid, *self._dependents.get(node.uid, ())}
            return affected

    def remove(self, uid: str) -> Affected:
        """An object is gone: its dependants lost an owner, an owner may wait no longer."""
        with self._lock:
            node = self._nodes.pop(uid, None)
            if node is None:
                return Affected()
            self._relink(uid, node.owners, ())
            if uid in self._dependents:
                self._gone[uid] = None
                if len(self._gone) > _REMEMBERED:
                    self._gone.popitem(last=False)
            owners = {str(ref.get("uid")) for ref in node.owners}
            waiting = {one for one in owners if self._waits(one)}
            return Affected(check=waiting | set(self._dependents.get(uid, ())))

    def _relink(self, uid: str, before: Iterable[Object], after: Iterable[Object]) -> None:
        old = {str(ref.get("uid")) for ref in before}
        new = {str(ref.get("uid")) for ref in after}
        for owner in old - new:
            held = self._dependents.get(owner, set())
            held.discard(uid)
            if not held:
                self._dependents.pop(owner, None)
        for owner in new - old:
            self._dependents.setdefault(owner, set()).add(uid)

    def _is_doubtful(self, node: Node, before: Node | None) -> bool:
        """Whether an owner that the object names newly is unknown, another one, or on its way."""
        known = [ref.get("uid") for ref in before.owners] if before else []
        for ref in node.owners:
            if ref.get("uid") not in known and not self._stands(ref, node):
                return True
        return False

    def _stands(self, reference: Object, dependent: Node) -> bool:
        owner = self._nodes.get(str(reference.get("uid")))
        return (
            owner is not None
            and not owner.waits_for_dependents
            and owner.is_named_by(reference, dependent)
        )

    def _unblocked(self, before: Node, after: Node) -> set[str]:
        """The owners that waited for this object and need not any more."""
        owners = {str(ref.get("uid")) for ref in before.owners}
        return {uid for uid in owners if before.blocks(uid) and not after.blocks(uid)}

    def _waits(self, uid: str) -> bool:
        owner = self._nodes.get(uid)
        return owner is not None and owner.waits_for_dependents
