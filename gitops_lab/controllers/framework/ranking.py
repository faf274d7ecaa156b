"""Which pods go first when there are too many. Pure.

The order is that of kube-controller-manager 1.37 (ActivePodsWithRanks): what serves least goes
first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cmp_to_key
from math import log2
from typing import Any

from gitops_lab.controllers.framework.pods import is_active, is_ready, ready_since
from gitops_lab.controllers.framework.times import seconds_since
from gitops_lab.kube.objects import Object, annotations_of, uid_of

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def pods_to_delete(
    pods: Sequence[Object], related: Iterable[Object], count: int, moment: datetime
) -> list[Object]:
    """The `count` pods to delete.

    `related` are the pods of all ReplicaSets with the same owner: of two pods the one goes that
    shares its node with more of them.
    """
    if count >= len(pods):
        return list(pods)
    crowd = Counter(_node(pod) for pod in related if is_active(pod))

    def order(one: Object, other: Object) -> int:
        return _compare(one, other, crowd, moment)

    ranked = sorted(pods, key=cmp_to_key(order))
    return ranked[:count]


def _compare(one: Object, other: Object, crowd: Counter[str], moment: datetime) -> int:
    steps = (
        _less(bool(_node(one)), bool(_node(other))),
        _less(_phase(one), _phase(other)),
        _less(is_ready(one), is_ready(other)),
        _less(_cost(one), _cost(other)),
        _less(crowd[_node(other)], crowd[_node(one)]),
    )
    for step in steps:
        if step:
            return step
    by_age = _younger_first(ready_since(one), ready_since(other), moment) if is_ready(one) else None
    if by_age is None:
        by_age = _less(_restarts(other), _restarts(one)) or _younger_first(
            one["metadata"].get("creationTimestamp"),
            other["metadata"].get("creationTimestamp"),
            moment,
        )
    return by_age or _less(uid_of(one), uid_of(other))


def _less(one: Any, other: Any) -> int:
    """-1 when the first is smaller: it goes first."""
    return int(one > other) - int(one < other)


def _node(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _phase(pod: Object) -> int:
    return _PHASES.get(str((pod.get("status") or {}).get("phase", "")), 0)


def _cost(pod: Object) -> int:
    try:
        return int(annotations_of(pod).get(DELETION_COST, "0"))
    except ValueError:
        return 0


def _restarts(pod: Object) -> tuple[int, int]:
    """The most restarts of a container, and of a sidecar."""
    status = pod.get("status") or {}
    sidecars = {
        container["name"]
        for container in pod["spec"].get("initContainers") or []
        if container.get("restartPolicy") == "Always"
    }
    regular = [int(c.get("restartCount") or 0) for c in status.get("containerStatuses") or []]
    extra = [
        int(c.get("restartCount") or 0)
        for c in status.get("initContainerStatuses") or []
        if c.get("name") in sidecars
    ]
    return max(regular, default=0), max(extra, default=0)


def _younger_first(one: str | None, other: str | None, moment: datetime) -> int | None:
    """Compare two times; None when they are equal.

    Ages are compared by powers of two, so that pods of about the same age are taken by chance (0),
    and not always the youngest.
    """
    if one == other:
        return None
    first, second = seconds_since(one, moment), seconds_since(other, moment)
    if first is None or second is None:
        return -1 if first is None else 1
    return _less(_power(first), _power(second))


def _power(seconds: float) -> int:
    return int(log2(seconds * 1e9)) if seconds > 0 else -1
