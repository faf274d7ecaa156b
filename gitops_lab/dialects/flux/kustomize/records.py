"""Inventory and history in the status of a Kustomization. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.dialects.flux.durations import duration
from gitops_lab.dialects.flux.ssa.changes import Change, from_identity
from gitops_lab.engine.clock import now, stamp
from gitops_lab.kube import Object
from gitops_lab.kube.objects import join_api_version

MOST_SNAPSHOTS = 5
Entry = Mapping[str, str]


def entries_of(status: Mapping[str, Any]) -> list[Entry]:
    """The entries of the inventory in a status."""
    return list((status.get("inventory") or {}).get("entries") or [])


def with_changes(changes: Iterable[Change], kept: Iterable[Entry] = ()) -> dict[str, list[Entry]]:
    """The inventory of what was written, and of what should have been deleted and was not."""
    written: list[Entry] = [change.entry for change in changes]
    known = {entry["id"] for entry in written}
    return {"entries": [*written, *(entry for entry in kept if entry["id"] not in known)]}


def objects_of(entries: Iterable[Entry]) -> list[Object]:
    """The objects that entries stand for, as much as is needed to delete them."""
    found = []
    for entry in entries:
        try:
            key = from_identity(entry["id"])
        except ValueError:
            continue  # somebody has written it into the status by hand
        metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
        api_version = join_api_version(key.group, entry["v"])
        found.append({"apiVersion": api_version, "kind": key.kind, "metadata": metadata})
    return found


def with_snapshot(
    history: Iterable[Mapping[str, Any]],
    digest: str,
    result: str,
    seconds: float,
    facts: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The history with one more reconciliation; the same content with the same end is one row."""
    rows = [dict(row) for row in history]
    same = (digest, result)
    old = next((r for r in rows if (r.get("digest"), r.get("lastReconciledStatus")) == same), None)
    at = stamp(now())
    row = {
        "digest": digest,
        "firstReconciled": at if old is None else old["firstReconciled"],
        "lastReconciled": at,
        "lastReconciledDuration": duration(round(seconds, 9)),
        "lastReconciledStatus": result,
        "totalReconciliations": 1 if old is None else old["totalReconciliations"] + 1,
        "metadata": dict(facts),
    }
    return [row, *(one for one in rows if one is not old)][:MOST_SNAPSHOTS]
