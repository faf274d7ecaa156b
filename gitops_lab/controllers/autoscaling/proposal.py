"""How many pods a metric asks for. Pure; amounts are in thousandths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from math import ceil
from typing import Any

from gitops_lab.controllers.framework.times import parse
from gitops_lab.kube.objects import Object, condition_of, is_terminating, name_of
from gitops_lab.kube.quantities import amount

_INITIALIZATION = timedelta(minutes=5)
_INITIAL_READINESS = timedelta(seconds=30)


class NoProposal(Exception):
    """A metric says nothing now; the message is kube-controller-manager's."""


@dataclass(frozen=True)
class Target:
    """What one pod is meant to use: a percentage of what it requests, or an amount."""

    resource: str
    container: str = ""
    utilization: int | None = None
    average: int | None = None

    @property
    def metric(self) -> str:
        """Its name in events and conditions."""
        if self.utilization is None:
            return f"{self.resource} resource"
        whose = "container resource" if self.container else "resource"
        return f"{self.resource} {whose} utilization (percentage of request)"


@dataclass(frozen=True)
class Tolerance:
    """How far off the target nothing is done, upwards and downwards."""

    up: float = 0.1
    down: float = 0.1

    def covers(self, ratio: float) -> bool:
        """Whether this is near enough to the target."""
        return 1 - self.down <= ratio <= 1 + self.up


@dataclass(frozen=True)
class Proposal:
    """The wanted size, the average use of a pod, and that in percent of the requests."""

    replicas: int
    average: int
    utilization: int | None


@dataclass
class _Groups:
    """Pods by what can be said of them; `used` has the metrics of those that count."""

    used: dict[str, int] = field(default_factory=dict)
    unready: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def target_of(metric: Object) -> Target:
    """Read a metric of the spec. Raises NoProposal for those that need other APIs."""
    sources = {"Resource": "resource", "ContainerResource": "containerResource"}
    kind = str(metric.get("type", ""))
    if kind not in sources:
        raise NoProposal(f"{kind} metrics need an API that this cluster does not serve")
    source = metric[sources[kind]]
    wanted, container = source["target"], str(source.get("container", ""))
    if wanted.get("averageValue") is not None:
        average = thousandths(wanted["averageValue"])
        return Target(source["name"], container, average=average)
    if wanted.get("averageUtilization") is None:
        raise NoProposal(
            "invalid resource metric source: neither an average utilization target nor an average "
            "value (usage) target was set"
        )
    return Target(source["name"], container, utilization=int(wanted["averageUtilization"]))


def thousandths(quantity: object) -> int:
    """A quantity in thousandths, rounded up."""
    return int((amount(quantity) * 1000).to_integral_value(ROUND_CEILING))


def propose(
    target: Target,
    pods: Sequence[Object],
    metrics: Sequence[Object],
    current: int,
    tolerance: Tolerance,
    moment: datetime,
) -> Proposal:
    """The size that brings the average to the target. Raises NoProposal."""
    if not metrics:
        raise NoProposal(
            f"unable to get metrics for resource {target.resource}: "
            "no metrics returned from resource metrics API"
        )
    if not pods:
        raise NoProposal("no pods returned by selector while calculating replica count")
    groups = _group(target, pods, metrics, moment)
    if not groups.used:
        raise NoProposal("did not receive metrics for targeted pods (pods might be unready)")
    requests = _requests(target, pods) if target.utilization is not None else {}
    average = sum(groups.used.values()) // len(groups.used)
    ratio, percent = _ratio(target, groups.used, requests)
    size = _size(target, groups, requests, ratio, current, tolerance)
    return Proposal(size, average, percent)


def _size(
    target: Target,
    groups: _Groups,
    requests: Mapping[str, int],
    ratio: float,
    current: int,
    tolerance: Tolerance,
) -> int:
    """Pods that say nothing yet are taken to use what slows the change down."""
    counting_unready = bool(groups.unready) and ratio > 1
    if not counting_unready and not groups.missing:
        return current if tolerance.covers(ratio) else ceil(ratio * len(groups.used))
    assumed = dict(groups.used)
    if ratio != 1:
        for name in groups.missing:
            assumed[name] = _fallback(target, requests.get(name, 0)) if ratio < 1 else 0
    if counting_unready:
        assumed |= dict.fromkeys(groups.unready, 0)
    new, _ = _ratio(target, assumed, requests)
    if tolerance.covers(new) or (new - 1) * (ratio - 1) < 0:
        return current
    size = ceil(new * len(assumed))
    against = (new < 1 and size > current) or (new > 1 and size < current)
    return current if against else size


def _fallback(target: Target, request: int) -> int:
    if target.utilization is None:
        return target.average or 0
    return request * max(100, target.utilization) // 100


def _ratio(
    target: Target, used: Mapping[str, int], requests: Mapping[str, int]
) -> tuple[float, int | None]:
    if target.utilization is None:
        return sum(used.values()) / len(used) / (target.average or 1), None
    asked = sum(requests.get(name, 0) for name in used)
    if not asked:
        raise NoProposal("no metrics returned matched known pods")
    percent = sum(used.values()) * 100 // asked
    return percent / target.utilization, percent


def _group(
    target: Target, pods: Sequence[Object], metrics: Sequence[Object], moment: datetime
) -> _Groups:
    measured = {name_of(one): one for one in metrics}
    groups = _Groups()
    for pod in pods:
        name, phase = name_of(pod), (pod.get("status") or {}).get("phase")
        if is_terminating(pod) or phase == "Failed":
            continue
        used = _used(target, measured[name]) if name in measured else None
        if phase == "Pending":
            groups.unready.append(name)
        elif used is None:
            groups.missing.append(name)
        elif target.resource == "cpu" and _is_unready(pod, measured[name], moment):
            groups.unready.append(name)
        else:
            groups.used[name] = used
    return groups


def _used(target: Target, metric: Object) -> int | None:
    containers = metric.get("containers") or []
    if target.container:
        containers = [one for one in containers if one["name"] == target.container]
    values = [(one.get("usage") or {}).get(target.resource) for one in containers]
    if not values or any(value is None for value in values):
        return None
    return sum(map(thousandths, values))


def _is_unready(pod: Object, metric: Object, moment: datetime) -> bool:
    """Whether what the pod uses says nothing yet: it is starting, or was when measured."""
    condition = condition_of(pod, "Ready") or {}
    started = parse((pod.get("status") or {}).get("startTime"))
    changed = parse(condition.get("lastTransitionTime"))
    if started is None or changed is None:
        return True
    is_false = condition.get("status") == "False"
    if started + _INITIALIZATION > moment:
        measured = parse(metric.get("timestamp"))
        window = timedelta(seconds=float(str(metric.get("window", "0s")).removesuffix("s")))
        return is_false or measured is None or measured < changed + window
    return is_false and started + _INITIAL_READINESS > changed


def _requests(target: Target, pods: Sequence[Object]) -> dict[str, int]:
    return {name_of(pod): _requested(target, pod) for pod in pods}


def _requested(target: Target, pod: Object) -> int:
    sidecars = [
        one
        for one in pod["spec"].get("initContainers") or []
        if one.get("restartPolicy") == "Always"
    ]
    total = Decimal(0)
    for container in [*pod["spec"]["containers"], *sidecars]:
        if target.container and container["name"] != target.container:
            continue
        resources: Any = container.get("resources") or {}
        value = (resources.get("requests") or {}).get(target.resource)
        if value is None:
            raise NoProposal(
                f"missing request for {target.resource} in container {container['name']} of Pod "
                f"{name_of(pod)}"
            )
        total += amount(value)
    return int((total * 1000).to_integral_value(ROUND_CEILING))
