"""The inventory: which objects an App has made, so that it prunes those and no others. Pure."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from gitops_lab.kube.objects import ObjectKey, join_api_version
from gitops_lab.kube.order import key_order


class Entry(NamedTuple):
    """An object and the version by which it was applied last."""

    key: ObjectKey
    version: str

    @property
    def api_version(self) -> str:
        """`apps/v1`."""
        return join_api_version(self.key.group, self.version)


Inventory = tuple[Entry, ...]


def union(old: Iterable[Entry], new: Iterable[Entry]) -> Inventory:
    """All of both, the version from `new`; in order of application."""
    merged = {entry.key: entry for entry in old} | {entry.key: entry for entry in new}
    return tuple(sorted(merged.values(), key=lambda entry: key_order(entry.key)))


def missing_from(old: Iterable[Entry], new: Iterable[Entry]) -> Inventory:
    """What is in `old` and no longer in `new`, in the order in which to delete it."""
    kept = {entry.key for entry in new}
    gone = [entry for entry in old if entry.key not in kept]
    return tuple(sorted(gone, key=lambda entry: key_order(entry.key), reverse=True))


def to_list(inventory: Iterable[Entry]) -> list[dict[str, Any]]:
    """For `.status.inventory`: a small mapping for each run of objects that differ by name only.

    A server walks through a status again and again: a thousand objects are to cost it little.
    """
    return [
        {
            "group": group,
            "version": version,
            "kind": kind,
            "namespace": namespace,
            "names": [entry.key.name for entry in entries],
        }
        for (group, version, kind, namespace), entries in groupby(inventory, _but_name)
    ]


def _but_name(entry: Entry) -> tuple[str, str, str, str]:
    return entry.key.group, entry.version, entry.key.kind, entry.key.namespace


def from_list(items: Sequence[dict[str, Any]] | None) -> Inventory:
    """The reverse; what isn't an entry is left out.

    A row may name a single object, as all of them did in the first form.
    """
    return tuple(
        Entry(
            ObjectKey(item.get("group", ""), item["kind"], item.get("namespace", ""), name),
            item.get("version", ""),
        )
        for item in items or []
        if item.get("kind")
        for name in item.get("names") or (item.get("name"),)
        if name
    )
