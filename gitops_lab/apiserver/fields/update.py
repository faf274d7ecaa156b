"""Recording who wrote which fields on create, update and patch."""

from functools import lru_cache
from typing import Any

from gitops_lab.apiserver.fields.atoms import atom_of
from gitops_lab.apiserver.fields.compare import Changes, compare
from gitops_lab.apiserver.fields.managers import (
    UPDATE,
    Managers,
    Owned,
    capped,
    manager_id,
    read_managers,
    without,
    write_managers,
)
from gitops_lab.apiserver.fields.reset import reset_fields
from gitops_lab.apiserver.fields.trie import LEAF, Trie, difference, remove_below, union
from gitops_lab.apiserver.types import Schema
from gitops_lab.apiserver.types.golang import empty_form

Object = dict[str, Any]

# What the server itself sets; nobody owns it.
STRIPPED: Trie = {
    "f:apiVersion": LEAF,
    "f:kind": LEAF,
    "f:metadata": {
        ".": LEAF,
        **{
            f"f:{name}": LEAF
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "clusterName",
                "generation",
                "managedFields",
                "resourceVersion",
            )
        },
    },
}


def on_write(
    old: Object | None,
    new: Object,
    *,
    manager: str,
    operation: str = UPDATE,
    subresource: str = "",
    schema: Schema,
    now: str,
    api_version: str,
) -> Object:
    """`new` with managedFields after a write by `manager` at `now` (RFC 3339, whole seconds).

    Both versions are in normal form; `old` is None on create. Call it after defaulting and
    before the server's own changes (allocation, admission): those belong to nobody.
    """
    live = old if old is not None else empty_object(schema)
    managers = _managers_of(old, new, subresource)
    if old is not None and not managers:
        return with_managers(new, {})  # an object whose managers were reset stays untracked
    atom = atom_of(schema)
    changes = compare(bare(live), bare(new), atom)
    filter_changes(changes, reset_fields(schema, subresource))
    managers = without(managers, [changes.written, changes.removed])
    written = difference(changes.written, STRIPPED)
    if written:
        identity = manager_id(manager, operation, api_version, subresource)
        before = managers.get(identity)
        fields = union(before.fields, written) if before else written
        managers[identity] = Owned(fields, api_version, now)
    return with_managers(new, capped(managers))


def empty_object(schema: Schema) -> Object:
    """An object of the kind in which nothing is set; shared, so never to be changed."""
    return _empty(schema.name)


@lru_cache(maxsize=256)
def _empty(definition: str) -> Object:
    return empty_form(definition)


def filter_changes(changes: Changes, reset: Trie) -> None:
    """Take the fields that this door resets out of the changes."""
    if reset:
        changes.removed = remove_below(changes.removed, reset)
        changes.modified = remove_below(changes.modified, reset)
        changes.added = remove_below(changes.added, reset)


def with_managers(obj: Object, managers: Managers) -> Object:
    """A copy of the object with these managers in its metadata."""
    metadata = dict(obj["metadata"])
    if managers:
        metadata["managedFields"] = write_managers(managers)
    else:
        metadata.pop("managedFields", None)
    return {**obj, "metadata": metadata}


def bare(obj: Object) -> Object:
    """The object without managedFields, which nobody owns."""
    metadata = obj.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {k: v for k, v in metadata.items() if k != "managedFields"}}


def _managers_of(old: Object | None, new: Object, subresource: str) -> Managers:
    """The managers before the write: as the client sent them, or as stored.

    A client may reset them by an empty list or one empty entry; it can't through a subresource.
    """
    stored = (old or {}).get("metadata", {}).get("managedFields")
    if not subresource:
        sent = new["metadata"].get("managedFields")
        if sent == [] or sent == [{}]:
            return {}
        if sent and sent != stored and (managers := read_managers(sent)):
            return managers
    return read_managers(stored) or {}
