"""Server-side apply: merge a configuration, see who else owns what it changes, prune.

The algorithm is structured-merge-diff's (merge/update.go) with what the API server wraps around
it: fields that nobody owns, objects that nobody has applied to before, kubectl's annotation.
"""

from dataclasses import replace
from typing import Any

from gitops_lab.apiserver.fields.atoms import Atom, atom_of
from gitops_lab.apiserver.fields.check import type_errors
from gitops_lab.apiserver.fields.compare import Changes, compare
from gitops_lab.apiserver.fields.conflicts import ApplyError, Found, conflict_of
from gitops_lab.apiserver.fields.last_applied import allowed_conflicts, annotate
from gitops_lab.apiserver.fields.managers import (
    APPLY,
    UPDATE,
    ManagerId,
    Managers,
    Owned,
    manager_id,
    read_managers,
    without,
)
from gitops_lab.apiserver.fields.merge import merge, remove
from gitops_lab.apiserver.fields.reset import reset_fields
from gitops_lab.apiserver.fields.sets import field_set, with_structs
from gitops_lab.apiserver.fields.trie import (
    Trie,
    contains,
    difference,
    intersection,
    remove_below,
    union,
)
from gitops_lab.apiserver.fields.update import (
    STRIPPED,
    Object,
    bare,
    empty_object,
    filter_changes,
    with_managers,
)
from gitops_lab.apiserver.types import Schema

KUBECTL = "kubectl"
BEFORE_FIRST_APPLY = "before-first-apply"


def apply(
    live: Object | None,
    config: Object,
    *,
    manager: str,
    force: bool,
    schema: Schema,
    subresource: str = "",
    now: str,
) -> Object:
    """The live object (None: there is none) with a configuration applied by `manager` at `now`.

    Returns `live` itself when nothing changes, managedFields included; the result is not yet
    defaulted. Raises ApplyConflict unless `force`, and ApplyError for a configuration that does
    not fit the schema.
    """
    check(config, schema)
    atom = atom_of(schema)
    stored = (live or {}).get("metadata", {}).get("managedFields")
    base = bare(live) if live is not None else empty_object(schema)
    managers = read_managers(stored) or {}
    if not managers and live is not None:
        managers = _before_first_apply(base, config["apiVersion"], schema, subresource, now)
    identity = manager_id(manager, APPLY, config["apiVersion"], subresource)
    applying = _Applying(atom, base, config, identity, managers, schema)
    merged, managers = applying.run(force=force)
    if merged != base:
        managers = _timed(managers, identity, now)
    elif live is not None and managers == read_managers(stored):
        return live
    if manager == KUBECTL:
        merged = annotate(merged, config)
    return with_managers({**merged, **_identity(config)}, managers)


def _timed(managers: Managers, identity: ManagerId, now: str) -> Managers:
    """The time is that of the last apply that changed something."""
    if identity not in managers:
        return managers
    return {**managers, identity: replace(managers[identity], time=now)}


def _identity(config: Object) -> Object:
    return {"apiVersion": config["apiVersion"], "kind": config["kind"]}


def check(config: Object, schema: Schema) -> None:
    """Raises ApplyError for a configuration that does not fit the schema."""
    errors = type_errors(config, atom_of(schema))
    if not errors:
        return
    metadata = config.get("metadata") or {}
    group, _, version = config["apiVersion"].rpartition("/")
    text = errors[0] if len(errors) == 1 else "errors:\n" + "\n".join(f"  {e}" for e in errors)
    name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    raise ApplyError(
        f"failed to create typed patch object ({name}; {group}/{version}, "
        f"Kind={config['kind']}): {text}"
    )


def _before_first_apply(
    base: Object, version: str, schema: Schema, subresource: str, now: str
) -> Managers:
    """Fields of an object that nobody is known to own belong to a manager of their own."""
    changes = compare(empty_object(schema), base, atom_of(schema))
    filter_changes(changes, reset_fields(schema, subresource))
    fields = difference(changes.written, STRIPPED)
    if not fields:
        return {}
    identity = manager_id(BEFORE_FIRST_APPLY, UPDATE, version, subresource)
    return {identity: Owned(fields, version, now)}


class _Applying:
    """One apply in progress."""

    def __init__(
        self,
        atom: Atom,
        live: Object,
        config: Object,
        identity: ManagerId,
        managers: Managers,
        schema: Schema,
    ) -> None:
        self._atom = atom
        self._live = live
        self._config = config
        self._identity = identity
        self._managers = managers
        self._reset = reset_fields(schema, identity.subresource)

    def run(self, *, force: bool) -> tuple[Object, Managers]:
        """The merged object and its managers. Raises ApplyConflict."""
        last = self._managers.get(self._identity)
        applied = self._applied_set()
        version = self._config["apiVersion"]
        managers = dict(self._managers)
        time = last.time if last else ""
        managers[self._identity] = Owned(applied, version, time)
        merged = merge(self._live, self._config, self._atom)
        if last is not None:
            merged = self._pruned(merged, last.fields, managers)
        changes = compare(self._live, merged, self._atom)
        filter_changes(changes, self._reset)
        self._refuse_conflicts(managers, changes, force=force)
        managers = without(managers, [changes.written, changes.removed], self._identity)
        fields = difference(applied, STRIPPED)
        if fields:
            managers[self._identity] = Owned(fields, version, time)
        else:
            managers.pop(self._identity, None)
        return merged, managers

    def _applied_set(self) -> Trie:
        found = field_set(self._config, self._atom)
        return remove_below(found, self._reset) if self._reset else found

    def _refuse_conflicts(self, managers: Managers, changes: Changes, *, force: bool) -> None:
        written = changes.written
        if force or not written:
            return
        found: Found = {}
        for identity, owned in managers.items():
            if identity != self._identity:
                both = intersection(owned.fields, written)
                if both:
                    found[identity] = (owned, both)
        if not found:
            return
        if self._identity.name == KUBECTL:
            allowed = allowed_conflicts(self._live, self._config["apiVersion"], self._atom)
            if all(contains(allowed, fields) for _, fields in found.values()):
                return
            found = {
                identity: (owned, rest)
                for identity, (owned, fields) in found.items()
                if (rest := difference(fields, allowed))
            }
        raise conflict_of(found)

    def _pruned(self, merged: Object, last: Trie, managers: Managers) -> Object:
        """Without what this manager applied last time, not this time, and nobody else owns."""
        if contains(managers[self._identity].fields, last):
            return merged
        atom = self._atom
        last = with_structs(last, atom)
        pruned = remove(merged, last, atom)
        owned: Trie = {}
        for each in managers.values():
            owned = union(owned, each.fields)
        everything = with_structs(field_set(merged, atom), atom)
        kept = union(self._set(pruned), with_structs(owned, atom))
        pruned = remove(merged, difference(everything, kept), atom)
        gone = intersection(difference(everything, self._set(pruned)), last)
        result: Any = remove(merged, gone, atom)
        return result or {}

    def _set(self, value: Any) -> Trie:
        return with_structs(field_set(value or {}, self._atom), self._atom)
