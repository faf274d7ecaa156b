"""How many pods of a budget may be disrupted. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.pods import is_ready
from gitops_lab.controllers.framework.portions import scaled_value
from gitops_lab.controllers.framework.times import seconds_since, stamp
from gitops_lab.kube.objects import Object, is_terminating, name_of

ALLOWED = "DisruptionAllowed"
# An eviction that was granted and did not happen stops counting after this.
DELETION_TIMEOUT = 120.0


@dataclass(frozen=True)
class Counts:
    """How many pods there should be, how many must stay healthy, and how many are."""

    expected: int
    desired: int
    healthy: int

    @property
    def allowed(self) -> int:
        """How many may go now."""
        return max(0, self.healthy - self.desired) if self.expected > 0 else 0


def needs_scale(budget: Object) -> bool:
    """Whether the budget is about the size of its pods' owners, not about the pods there are."""
    spec = budget["spec"]
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def desired(budget: Object, expected: int) -> int:
    """How many pods must stay healthy."""
    spec = budget["spec"]
    unavailable: Any = spec.get("maxUnavailable")
    if unavailable is not None:
        return max(0, expected - scaled_value(unavailable, expected, up=True))
    return scaled_value(spec.get("minAvailable", 0), expected, up=True)


def pending(budget: Object, pods: Iterable[Object], moment: datetime) -> dict[str, str]:
    """The evictions that were granted and are still to happen: pod -> since when."""
    held: Mapping[str, str] = (budget.get("status") or {}).get("disruptedPods") or {}
    found: dict[str, str] = {}
    for pod in pods:
        since = held.get(name_of(pod))
        waited = seconds_since(since, moment)
        if since and not is_terminating(pod) and waited is not None and waited <= DELETION_TIMEOUT:
            found[name_of(pod)] = since
    return found


def healthy(pods: Iterable[Object], disrupted: Mapping[str, str]) -> int:
    """The ready pods that nobody has a grant to evict."""
    staying = (p for p in pods if not is_terminating(p) and name_of(p) not in disrupted)
    return sum(is_ready(pod) for pod in staying)


def calculate(
    budget: Object, counts: Counts, disrupted: Mapping[str, str], moment: datetime
) -> Object:
    """The status that says all this."""
    generation = int(budget["metadata"].get("generation") or 0)
    reason = "SufficientPods" if counts.allowed else "InsufficientPods"
    allowed = _condition(budget, bool(counts.allowed), reason, "", generation, moment)
    status: Object = {
        "observedGeneration": generation,
        "disruptionsAllowed": counts.allowed,
        "currentHealthy": counts.healthy,
        "desiredHealthy": counts.desired,
        "expectedPods": counts.expected,
        "conditions": allowed,
    }
    if disrupted:
        status["disruptedPods"] = dict(disrupted)
    return status


def failed(budget: Object, message: str, moment: datetime) -> Object:
    """The status when nothing can be said: no disruption is allowed."""
    held = budget.get("status") or {}
    generation = int(held.get("observedGeneration") or 0)
    listed = _condition(budget, False, "SyncFailed", message, generation, moment)
    counters = dict.fromkeys(("currentHealthy", "desiredHealthy", "expectedPods"), 0)
    return {**counters, **held, "disruptionsAllowed": 0, "conditions": listed}


def _condition(
    budget: Object, true: bool, reason: str, message: str, generation: int, moment: datetime
) -> Sequence[Object]:
    listed = (budget.get("status") or {}).get("conditions")
    held = conditions.find(listed, ALLOWED) or {}
    status = "True" if true else "False"
    since = held.get("lastTransitionTime") if held.get("status") == status else None
    condition: Object = {
        "type": ALLOWED,
        "status": status,
        "observedGeneration": generation,
        "lastTransitionTime": since or stamp(moment),
        "reason": reason,
        "message": message,
    }
    if not generation:
        del condition["observedGeneration"]
    return [*conditions.without(listed, ALLOWED), condition]
