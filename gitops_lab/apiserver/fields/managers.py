"""The managers of an object's fields: reading, writing and ordering metadata.managedFields."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gitops_lab.apiserver.fields.trie import Trie, difference, union

APPLY = "Apply"
UPDATE = "Update"
MOST_UPDATERS = 10  # more are merged into one, oldest first
ANCIENT = "ancient-changes"


@dataclass(frozen=True, slots=True)
class ManagerId:
    """What tells managers apart. An applier is the same in every version of the API."""

    name: str
    operation: str
    version: str  # "" for appliers
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """What one manager owns, in which version of the API it said so, and when it last did."""

    fields: Trie
    version: str
    time: str = ""  # RFC 3339; "" when nobody wrote it down


Managers = dict[ManagerId, Owned]


def manager_id(name: str, operation: str, version: str, subresource: str) -> ManagerId:
    """The identity of a writer; one without a name is `unknown`."""
    return ManagerId(
        name or "unknown", operation, "" if operation == APPLY else version, subresource
    )


def read_managers(entries: Any) -> Managers | None:
    """The managers of metadata.managedFields; None when an entry is not valid."""
    found: Managers = {}
    for entry in entries or ():
        if not isinstance(entry, dict):
            return None
        operation, version = entry.get("operation"), entry.get("apiVersion")
        if operation not in (APPLY, UPDATE) or not version:
            return None
        fields = entry.get("fieldsV1") or {}
        if entry.get("fieldsType") != "FieldsV1" or not isinstance(fields, dict):
            return None
        name, subresource = entry.get("manager") or "", entry.get("subresource") or ""
        identity = ManagerId(name, operation, "" if operation == APPLY else version, subresource)
        found[identity] = Owned(fields, version, entry.get("time") or "")
    return found


def write_managers(managers: Managers) -> list[dict[str, Any]]:
    """metadata.managedFields: appliers first, then by time, name, version and subresource."""
    ordered = sorted(
        managers.items(),
        key=lambda item: (
            item[0].operation,
            item[1].time,
            item[0].name,
            item[1].version,
            item[0].subresource,
        ),
    )
    return [_entry(identity, owned) for identity, owned in ordered]


def _entry(identity: ManagerId, owned: Owned) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "apiVersion": owned.version,
        "fieldsType": "FieldsV1",
        "fieldsV1": owned.fields,
        "manager": identity.name,
        "operation": identity.operation,
    }
    if identity.subresource:
        entry["subresource"] = identity.subresource
    if owned.time:
        entry["time"] = owned.time
    return entry


def without(managers: Managers, lost: Iterable[Trie], keep: ManagerId | None = None) -> Managers:
    """The managers without the fields that they lost; those who own nothing more are gone."""
    losses = [trie for trie in lost if trie]
    result: Managers = {}
    for identity, owned in managers.items():
        fields = owned.fields
        if identity != keep:
            for trie in losses:
                fields = difference(fields, trie)
        if fields is owned.fields:
            result[identity] = owned
        elif fields:
            result[identity] = replace(owned, fields=fields)
    return result


def capped(managers: Managers) -> Managers:
    """At most ten managers that update: the oldest are merged into one for each version."""
    updaters = [identity for identity in managers if identity.operation == UPDATE]
    excess = len(updaters) - MOST_UPDATERS
    if excess <= 0:
        return managers
    updaters.sort(key=lambda m: (managers[m].time, m.version, m.name, m.subresource))
    result = dict(managers)
    first: dict[str, ManagerId] = {}
    for identity in updaters:
        if excess <= 0:
            break
        version = identity.version
        bucket = ManagerId(ANCIENT, UPDATE, version)
        if version not in first:
            first[version] = identity
            continue
        if bucket not in result:
            result[bucket] = result.pop(first[version])
        owned = result.pop(identity)
        merged = union(owned.fields, result[bucket].fields)
        result[bucket] = Owned(merged, owned.version, owned.time)
        excess -= 1
    return result
