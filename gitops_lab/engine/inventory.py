"""The inventory: which objects an App has made, so that it prunes those and no others. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube.objects import ObjectKey, join_api_version
from gitops_lab.kube.order import key_order


@dataclass(frozen=True, slots=True)
class Entry:
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


def to_list(inventory: Iterable[Entry]) -> list[dict[str, str]]:
    """For `.status.inventory`: one small mapping an object; no namespace when it has none."""
    return [
        {
            "group": entry.key.group,
            "version": entry.version,
            "kind": entry.key.kind,
            "namespace": entry.key.namespace,
            "name": entry.key.name,
        }
        for entry in inventory
    ]


def from_list(items: Sequence[dict[str, Any]] | None) -> Inventory:
    """The reverse; what isn't an entry is left out."""
    return tuple(
        Entry(
            ObjectKey(item.get("group", ""), item["kind"], item.get("namespace", ""), item["name"]),
            item.get("version", ""),
        )
        for item in items or []
        if item.get("kind") and item.get("name")
    )
