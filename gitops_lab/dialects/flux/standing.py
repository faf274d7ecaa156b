"""The status of a Kustomization or a HelmRelease as the engine's own, as far as they agree."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from gitops_lab.dialects.conditions import find_condition
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.status import HistoryEntry, ObjectStatus, Status, SyncStatus
from gitops_lab.kube import Object, ObjectKey

Told = Mapping[str, Any]
RevisionOf = Callable[[str], str]
"""From a chart's version to the commit that it was packed from; the version where none is known."""

_HEALTHY, _BAD_HEALTH = "Healthy", "HealthCheckFailed"
_STAGES = {
    "ArtifactFailed": "source",
    "SourceNotReady": "source",
    "DependencyNotReady": "plan",
    "BuildFailed": "render",
    "ValuesError": "render",
    _BAD_HEALTH: "health",
    "TestFailed": "health",
}
_DEPLOYED = ("ReconciliationSucceeded", _BAD_HEALTH, "PruneFailed")
"""How a reconciliation ended that has written all objects."""
_NO_KIND = "no matches for kind"
_WORDS = {
    "Current": HealthStatus.HEALTHY,
    "InProgress": HealthStatus.PROGRESSING,
    "Failed": HealthStatus.DEGRADED,
    "NotFound": HealthStatus.MISSING,
    "Unknown": HealthStatus.UNKNOWN,
}
"""Of kstatus."""
_WRITTEN = ("deployed", "superseded", "failed")
"""What helm says of a release that was written."""
_COMMIT = re.compile(r"\+([0-9a-f]{7,40})(?:\.\d+)?\Z")


def status_of(obj: Object, revision_of: RevisionOf | None = None) -> Status:
    """The status, read. `revision_of` is for HelmReleases."""
    revision_of = revision_of or commit_of
    said: Told = obj.get("status") or {}
    spec: Told = obj.get("spec") or {}
    ready = find_condition(said.get("conditions"), "Ready") or {}
    word, message = str(ready.get("status", "")), str(ready.get("message", ""))
    why = str(ready.get("reason", ""))
    entries = tuple(_entries(said))
    sync, health = _verdict(said, word, why)
    reason = "Suspended" if spec.get("suspend") else why
    return Status(
        observed_generation=int(obj["metadata"].get("generation", 0)),
        stage=_stage(why, message) if word == "False" else "health",
        reason="Synced" if reason in ("ReconciliationSucceeded", "InstallSucceeded") else reason,
        message=message,
        revision=_seen(said, word, revision_of),
        sync=sync,
        health=Health(health, "" if word == "True" else message),
        objects=tuple(ObjectStatus(e.key, sync, _health_of(e.key, message)) for e in entries),
        inventory=entries,
        history=tuple(_history(said, revision_of)),
        failed=word == "False" and sync is not SyncStatus.SYNCED,
    )


def _verdict(said: Told, word: str, why: str) -> tuple[SyncStatus, HealthStatus]:
    """Sync and health: whose health is judged, or was judged bad, has been written."""
    checking = (find_condition(said.get("conditions"), _HEALTHY) or {}).get("status") == "Unknown"
    if word == "True":
        return SyncStatus.SYNCED, HealthStatus.HEALTHY
    if word == "False":
        written = why == _BAD_HEALTH
        return SyncStatus.SYNCED if written else SyncStatus.OUT_OF_SYNC, HealthStatus.DEGRADED
    if word == "Unknown":
        return SyncStatus.SYNCED if checking else SyncStatus.OUT_OF_SYNC, HealthStatus.PROGRESSING
    return SyncStatus.UNKNOWN, HealthStatus.PROGRESSING


def _stage(why: str, message: str) -> str:
    """Where it went wrong; what the cluster has no kind for can't even be compared."""
    return "plan" if _NO_KIND in message else _STAGES.get(why, "apply")


def _health_of(key: ObjectKey, message: str) -> Health | None:
    """What a failed health check says of one object: `Deployment/shop/web status: 'Failed'`."""
    name = "/".join(filter(None, (key.kind, key.namespace, key.name)))
    found = re.search(rf"(?<![\w/]){re.escape(name)} status: '(\w+)'", message)
    return Health(_WORDS[found[1]], f"it is {found[1]}") if found and found[1] in _WORDS else None


def _seen(said: Told, word: str, revision_of: RevisionOf) -> str:
    """The commit that was looked at last: the one that was applied, or failed to be."""
    applied, attempted = said.get("lastAppliedRevision"), said.get("lastAttemptedRevision")
    found = str((applied if word == "True" else attempted) or applied or attempted or "")
    return revision_of(found)


def _entries(said: Told) -> Iterator[Entry]:
    """`default_web_apps_Deployment` with its version; cli-utils' form of an identity."""
    for entry in (said.get("inventory") or {}).get("entries") or []:
        parts = str(entry.get("id", "")).split("_")
        if len(parts) == 4:
            namespace, name, group, kind = parts
            key = ObjectKey(group, kind, namespace, name.replace("__", ":"))
            yield Entry(key, str(entry.get("v", "v1")))


def _history(said: Told, revision_of: RevisionOf) -> Iterator[HistoryEntry]:
    """What went live, oldest first. Flux numbers nothing: the number is the time, in seconds."""
    rows = [row for row in said.get("history") or [] if isinstance(row, Mapping)]
    for row in sorted(rows, key=_when):
        if "lastReconciled" in row and row.get("lastReconciledStatus") in _DEPLOYED:
            revision = commit_of(str((row.get("metadata") or {}).get("revision", "")))
            result = "Failed" if row["lastReconciledStatus"] == _BAD_HEALTH else "Succeeded"
            yield HistoryEntry(_seconds(_when(row)), revision, _when(row), result=result)
        elif row.get("status") in _WRITTEN:
            result = "Failed" if row["status"] == "failed" else "Succeeded"
            revision = revision_of(str(row.get("chartVersion", "")))
            yield HistoryEntry(_seconds(_when(row)), revision, _when(row), result=result)


def _when(row: Told) -> str:
    return str(row.get("lastReconciled") or row.get("lastDeployed") or "")


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return 0


def commit_of(revision: str) -> str:
    """`main@sha1:abc` without the branch; a chart's version that ends with a commit's digits,
    without the version; another text as it is."""
    if found := _COMMIT.search(revision):
        return found[1]
    return revision.rpartition(":")[2] if "@" in revision else revision
