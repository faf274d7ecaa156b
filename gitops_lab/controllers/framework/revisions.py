"""The history of StatefulSets and DaemonSets: a ControllerRevision for each pod template."""

import orjson

from gitops_lab.controllers.framework.informers import SharedInformer, key_of
from gitops_lab.controllers.framework.ownership import (
    controlled_by,
    controller_reference,
    owner_references,
    write_owners,
)
from gitops_lab.controllers.framework.selectors import matches
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube import Client
from gitops_lab.kube.errors import AlreadyExists, NotFound
from gitops_lab.kube.objects import (
    Object,
    annotations_of,
    controller_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)

HASH = "controller.kubernetes.io/hash"
# Go's JSON writes these so that a page may hold them; the hash is over what Go writes.
_ESCAPED = {
    b"<": b"\\u003c",
    b">": b"\\u003e",
    b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028",
    "\u2029".encode(): b"\\u2029",
}
# Kubernetes' alphabet for generated words: without vowels and look-alikes, so none is rude.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_PREFIX = 223


def template_data(owner: Object) -> Object:
    """What a revision holds: a patch that brings the template back."""
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def with_template(owner: Object, revision: Object) -> Object:
    """The owner with the template of a revision."""
    template = dict(revision["data"]["spec"]["template"])
    template.pop("$patch", None)
    return {**owner, "spec": {**owner["spec"], "template": template}}


def data_hash(data: Object, collisions: int) -> str:
    """The hash that Kubernetes gives a revision with this data: FNV-1 over its JSON."""
    text = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    for plain, escaped in _ESCAPED.items():
        text = text.replace(plain, escaped)
    value = 2166136261
    for byte in text + str(collisions).encode():
        value = ((value * 16777619) & 0xFFFFFFFF) ^ byte
    return safe_word(value)


def safe_word(value: int) -> str:
    """A number as Kubernetes spells it in names."""
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(value))


def number(revision: Object) -> int:
    """The revision's number."""
    return int(revision.get("revision") or 0)


def oldest_first(revisions: list[Object]) -> list[Object]:
    """By number, age and name."""
    return sorted(
        revisions,
        key=lambda one: (number(one), one["metadata"].get("creationTimestamp", ""), name_of(one)),
    )


def next_number(revisions: list[Object]) -> int:
    """One more than the last of the revisions, oldest first."""
    return number(revisions[-1]) + 1 if revisions else 1


def new_revision(owner: Object, reference: Object, number: int, digest: str) -> Object:
    """A revision of the owner's template, named after its hash; labelled by the caller."""
    labels = labels_of(owner["spec"]["template"])
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{name_of(owner)[:_LONGEST_PREFIX]}-{digest}",
            "namespace": namespace_of(owner),
            "labels": dict(labels),
            "annotations": dict(annotations_of(owner)),
            "ownerReferences": [reference],
        },
        "data": template_data(owner),
        "revision": number,
    }


class History:
    """The revisions of one kind of owner, in the API."""

    def __init__(
        self, client: Client, informer: SharedInformer, kind: str, written: Written
    ) -> None:
        self._client, self._informer = client, informer
        self._kind, self._written = kind, written

    def reference(self, owner: Object) -> Object:
        """The owner reference that revisions and pods of `owner` carry."""
        return controller_reference(owner, "apps/v1", self._kind)

    def of(self, owner: Object) -> list[Object]:
        """The owner's revisions, oldest first; orphans that match are adopted."""
        found = list(self._informer.controlled(uid_of(owner)))
        selector = owner["spec"].get("selector")
        if not is_terminating(owner):
            for one in self._informer.orphans(namespace_of(owner)):
                if matches(selector, labels_of(one)) and not is_terminating(one):
                    found.append(self._adopt(owner, one))
        return oldest_first(found)

    def create(self, owner: Object, revision: Object) -> Object | None:
        """Create it; the one that is there already when it says the same, None when not."""
        try:
            made = self._client.create(revision)
        except AlreadyExists:
            metadata = revision["metadata"]
            made = self._client.get(
                "apps/v1", "ControllerRevision", metadata["name"], metadata["namespace"]
            )
            if made["data"] != revision["data"] or not controlled_by(made, owner):
                return None
        self._written.note(key_of(owner), self._informer, made)
        return made

    def renumber(self, owner: Object, revision: Object, number: int) -> Object:
        """Give an old revision a new number: a rollback. Raises Conflict."""
        changed = self._client.update({**revision, "revision": number})
        self._written.note(key_of(owner), self._informer, changed)
        return changed

    def delete(self, revision: Object) -> None:
        """Delete a revision that the history does not hold any more."""
        try:
            self._client.delete(
                "apps/v1", "ControllerRevision", name_of(revision), namespace_of(revision)
            )
        except NotFound:
            return

    def truncate(self, owner: Object, revisions: list[Object], live: set[str]) -> None:
        """Keep as many of those that are not live (by name) as revisionHistoryLimit says."""
        limit = owner["spec"].get("revisionHistoryLimit")
        limit = 10 if limit is None else int(limit)
        dead = [one for one in revisions if name_of(one) not in live]
        for one in dead[: max(0, len(dead) - limit)]:
            self.delete(one)

    def _adopt(self, owner: Object, revision: Object) -> Object:
        fresh = self._client.get("apps/v1", self._kind, name_of(owner), namespace_of(owner))
        if uid_of(fresh) != uid_of(owner) or is_terminating(fresh) or controller_of(revision):
            return revision
        adopted = write_owners(
            self._client, revision, [*owner_references(revision), self.reference(owner)]
        )
        self._written.note(key_of(owner), self._informer, adopted)
        return adopted
