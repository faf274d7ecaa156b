"""Snapshots: what the status remembers of the releases that helm-controller has made.

A release whose digest is not the snapshot's was changed by somebody else.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from gitops_lab.dialects.flux.helm.spec import MAX_HISTORY
from gitops_lab.dialects.flux.helm.storage import Stored
from gitops_lab.dialects.flux.helm.values import digest as digest_of_values
from gitops_lab.engine.clock import parse, stamp

Snapshot = dict[str, Any]
_GOOD = ("deployed", "superseded")
_TEST = "test"
_KEPT = ("testHooks", "ociDigest")


def snapshot(stored: Stored, *, action: str = "", oci_digest: str = "") -> Snapshot:
    """The snapshot of a release."""
    info, chart = stored.info, stored.chart
    found: Snapshot = {
        "apiVersion": "v2",
        "digest": digest(stored, oci_digest),
        "name": stored.name,
        "namespace": stored.namespace,
        "version": stored.version,
        "status": stored.status,
        "action": action,
        "chartName": chart.get("name", ""),
        "chartVersion": chart.get("version", ""),
        "appVersion": chart.get("appVersion", ""),
        "configDigest": digest_of_values(stored.data.get("config")),
        "firstDeployed": _time(info.get("first_deployed")),
        "lastDeployed": _time(info.get("last_deployed")),
        "deleted": _time(info.get("deleted")),
        "ociDigest": oci_digest,
    }
    keep = ("digest", "name", "namespace", "version", "status", "chartName", "chartVersion")
    return {key: value for key, value in found.items() if value or key in keep}


def digest(stored: Stored, oci_digest: str = "") -> str:
    """`sha256:…` of all that makes a release, but for its tests, which people may run."""
    hooks = [hook for hook in stored.hooks if _TEST not in (hook.get("events") or [])]
    content = {
        "name": stored.name,
        "version": stored.version,
        "info": stored.info,
        "chartMetadata": stored.chart,
        "config": stored.data.get("config") or None,
        "manifest": stored.manifest,
        "hooks": hooks,
        "namespace": stored.namespace,
        "ociDigest": oci_digest,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def is_ours(one: Mapping[str, Any], stored: Stored) -> bool:
    """Whether the release is still as the snapshot remembers it."""
    return one.get("digest") == digest(stored, str(one.get("ociDigest") or ""))


def latest(history: Iterable[Snapshot]) -> Snapshot | None:
    """The one of the highest revision."""
    return max(history, key=_version, default=None)


def previous(history: Iterable[Snapshot], ignore_tests: bool) -> Snapshot | None:
    """The one to roll back to: the newest before the latest that went well."""
    older = ordered(history)[1:]
    return next((one for one in older if _went_well(one, ignore_tests)), None)


def ordered(history: Iterable[Snapshot]) -> list[Snapshot]:
    """Newest first."""
    return sorted(history, key=_version, reverse=True)


def truncated(history: Iterable[Snapshot], ignore_tests: bool) -> list[Snapshot]:
    """All down to the one that a rollback would go to."""
    kept = ordered(history)
    for index, one in enumerate(kept[1:], start=1):
        if _went_well(one, ignore_tests):
            return kept[: index + 1]
    return kept[:MAX_HISTORY]


def recorded(history: Iterable[Snapshot], fresh: Iterable[Snapshot]) -> list[Snapshot]:
    """With these put in, or in the place of those of the same revision."""
    by_version = {_version(one): one for one in history}
    for one in fresh:
        before = by_version.get(_version(one)) or {}
        kept: Snapshot = {key: before[key] for key in _KEPT if key in before}
        by_version[_version(one)] = {**kept, **one}
    return ordered(by_version.values())


def hooks_of_tests(stored: Stored) -> dict[str, Any]:
    """How the tests of a release went, by name."""
    found = {}
    for hook in stored.hooks:
        if _TEST in (hook.get("events") or []):
            run = hook.get("last_run") or {}
            found[str(hook.get("name"))] = {
                "lastStarted": _time(run.get("started_at")),
                "lastCompleted": _time(run.get("completed_at")),
                "phase": run.get("phase") or "Unknown",
            }
    return {name: {k: v for k, v in hook.items() if v} for name, hook in found.items()}


def has_failed_test(one: Mapping[str, Any]) -> bool:
    """Whether a test of the release has failed."""
    hooks = one.get("testHooks") or {}
    return any((hook or {}).get("phase") == "Failed" for hook in hooks.values())


def full_name(one: Mapping[str, Any]) -> str:
    """`namespace/name.v3`."""
    return f"{one['namespace']}/{one['name']}.v{one['version']}"


def chart(one: Mapping[str, Any]) -> str:
    """`web@1.2.0`."""
    return f"{one.get('chartName', '')}@{one.get('chartVersion', '')}"


def _went_well(one: Snapshot, ignore_tests: bool) -> bool:
    return one.get("status") in _GOOD and (ignore_tests or not has_failed_test(one))


def _version(one: Mapping[str, Any]) -> int:
    return int(one.get("version") or 0)


def _time(text: object) -> str:
    """helm's time as Kubernetes writes it; "" for none and for the year 1."""
    if not text or str(text).startswith("0001-"):
        return ""
    moment = parse(_whole(str(text)))
    return stamp(moment) if moment else ""


def _whole(text: str) -> str:
    """Without more digits of a second than Python reads."""
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = rest.rstrip("Z").split("+")[0].split("-")[0]
    return f"{head}{rest[len(digits) :]}"
