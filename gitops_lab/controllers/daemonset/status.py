"""The status of a DaemonSet. Pure."""

from gitops_lab.controllers.daemonset.placing import is_updated
from gitops_lab.controllers.daemonset.rollout import Daemon, Placed
from gitops_lab.controllers.framework.pods import is_ready, seconds_until_available
from gitops_lab.kube.objects import Object, name_of

_ALWAYS = {
    "currentNumberScheduled",
    "desiredNumberScheduled",
    "numberMisscheduled",
    "numberReady",
}


def calculate(daemon: Daemon, placed: Placed, *, observed: bool) -> Object:
    """The status for these pods; `observed` says whether the newest spec was acted on."""
    held = daemon.one.get("status") or {}
    wanted = set(daemon.wanted)
    first = {name: pods[0] for name, pods in placed.items() if pods and name in wanted}
    ready = [pod for pod in first.values() if is_ready(pod)]
    available = sum(daemon.is_available(pod) for pod in ready)
    known = {name_of(node) for node in daemon.nodes}
    generation = int(daemon.one["metadata"].get("generation") or 0)
    status: Object = {
        "currentNumberScheduled": len(first),
        "numberMisscheduled": sum(bool(placed.get(name)) for name in known - wanted),
        "desiredNumberScheduled": len(wanted),
        "numberReady": len(ready),
        "observedGeneration": generation if observed else held.get("observedGeneration", 0),
        "updatedNumberScheduled": sum(is_updated(pod, daemon.digest) for pod in first.values()),
        "numberAvailable": available,
        "numberUnavailable": len(wanted) - available,
    }
    for name in ("collisionCount", "conditions"):
        if name in held:
            status[name] = held[name]
    return {k: v for k, v in status.items() if v or k in _ALWAYS or k == "collisionCount"}


def seconds_to_availability_check(daemon: Daemon, placed: Placed) -> float | None:
    """When the next pod will have been ready for long enough; None when none is waited for."""
    waits = [
        seconds_until_available(pod, daemon.min_ready_seconds, daemon.moment)
        for pods in placed.values()
        for pod in pods
    ]
    return min((wait for wait in waits if wait is not None), default=None)
