"""What an engine that looks at intervals has not seen yet: changes by hand since its last look.

Flux says Ready as long as its last reconciliation went well, whatever was done to the objects
since. Checks want to know how the cluster is, and that something is going to happen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gitops_lab.checks.managers import MANAGERS
from gitops_lab.engine import inventory
from gitops_lab.kube import Object

if TYPE_CHECKING:
    from gitops_lab.checks.world import World

_FIELDS = {"f:spec", "f:data", "f:binaryData", "f:stringData", "f:rules", "f:subjects"}
_SYNC = "Synced"
_JITTER, _GRACE = 1.05, 2.0
"""By how much an interval is stretched at most, and the seconds that a look takes."""


def marked(world: "World", app: Object, resource: Object) -> Object:
    """The app, OutOfSync where somebody changed what it keeps since the engine looked.

    It looks at intervals, and notes when it did; in a HelmRelease it doesn't note it.
    """
    from gitops_lab.dialects.flux.durations import seconds  # late: most checks need none of it

    interval = seconds((resource.get("spec") or {}).get("interval"))
    status: Mapping[str, Any] = app.get("status") or {}
    sync, spec = status.get("sync") or {}, app["spec"]
    heals = (spec.get("syncPolicy") or {}).get("selfHeal") and not spec.get("suspend")
    if (
        not heals
        or sync.get("status") != _SYNC
        or not _touched(world, app, _looked(status, interval))
    ):
        return app
    return {**app, "status": {**status, "sync": {**sync, "status": "OutOfSync"}}}


def _touched(world: "World", app: Object, since: str) -> bool:
    """Whether an object is gone, or has fields that somebody wrote at this second or later."""
    cluster = app["spec"]["destination"]["cluster"]
    for entry in inventory.from_list((app.get("status") or {}).get("inventory")):
        kind = f"{entry.api_version}/{entry.key.kind}"
        obj = world.find(kind, entry.key.name, entry.key.namespace, cluster)
        if obj is None or any(_by_hand(one, since) for one in _written(obj)):
            return True
    return False


def _by_hand(entry: Mapping[str, Any], since: str) -> bool:
    wanted = _FIELDS & set(entry.get("fieldsV1") or {})
    other = entry.get("manager") not in MANAGERS and entry.get("subresource") != "status"
    return bool(wanted) and other and str(entry.get("time") or "") >= since


def _written(obj: Object) -> list[Mapping[str, Any]]:
    return list(obj["metadata"].get("managedFields") or [])


def _looked(status: Mapping[str, Any], interval: float) -> str:
    """When the engine looked last, as Kubernetes writes times."""
    latest = datetime.now(UTC) - timedelta(seconds=interval * _JITTER + _GRACE)
    times = [str(entry.get("deployedAt", "")) for entry in status.get("history") or []]
    return max(*times, latest.strftime("%Y-%m-%dT%H:%M:%SZ"), "")
