"""Which of this machine's nodes a pod goes to, with the scheduler's own words if none. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gitops_lab.kube.objects import Object, name_of
from gitops_lab.kube.placement import suits, tolerates
from gitops_lab.kube.quantities import amount


@dataclass(frozen=True)
class Choice:
    """The node's name, or "" and why there is none."""

    node: str
    message: str = ""


def choose(pod: Object, nodes: Sequence[Object], placed: Sequence[Object]) -> Choice:
    """The fitting node with the fewest pods; `placed` are all pods that are bound."""
    fitting: list[tuple[int, str]] = []
    problems: Counter[str] = Counter()
    for node in nodes:
        here = [p for p in placed if p["spec"].get("nodeName") == name_of(node)]
        if problem := _problem(pod, node, here):
            problems[problem] += 1
        else:
            fitting.append((len(here), name_of(node)))
    if fitting:
        return Choice(min(fitting)[1])
    reasons = ", ".join(sorted(f"{count} {problem}" for problem, count in problems.items()))
    return Choice("", f"0/{len(nodes)} nodes are available: {reasons or 'no nodes'}.")


def _problem(pod: Object, node: Object, here: Sequence[Object]) -> str:
    spec = node.get("spec") or {}
    if spec.get("unschedulable") and not tolerates(_tolerations(pod), _UNSCHEDULABLE):
        return "node(s) were unschedulable"
    for taint in spec.get("taints") or []:
        if taint.get("effect") != "PreferNoSchedule" and not tolerates(_tolerations(pod), taint):
            return f"node(s) had untolerated taint(s) {{{taint['key']}: {taint.get('value', '')}}}"
    if not suits(pod["spec"], node):
        return "node(s) didn't match Pod's node affinity/selector"
    return _lacking(pod, node, here)


_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def _tolerations(pod: Object) -> Sequence[Object]:
    return pod["spec"].get("tolerations") or []


def _lacking(pod: Object, node: Object, here: Sequence[Object]) -> str:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    live = [p for p in here if (p.get("status") or {}).get("phase") not in ("Succeeded", "Failed")]
    if "pods" in allocatable and len(live) >= amount(allocatable["pods"]):
        return "Too many pods"
    for resource, wanted in requests(pod).items():
        if not wanted:
            continue
        if resource not in allocatable:
            return f"Insufficient {resource}"
        used = sum((requests(p).get(resource, Decimal(0)) for p in live), Decimal(0))
        if used + wanted > amount(allocatable[resource]):
            return f"Insufficient {resource}"
    return ""


def requests(pod: Object) -> dict[str, Decimal]:
    """What a pod asks for: the sum of its containers, or its largest init container."""
    total: dict[str, Decimal] = {}
    for container in pod["spec"]["containers"]:
        for resource, value in _requested(container).items():
            total[resource] = total.get(resource, Decimal(0)) + value
    for container in pod["spec"].get("initContainers") or []:
        for resource, value in _requested(container).items():
            total[resource] = max(total.get(resource, Decimal(0)), value)
    return total


def _requested(container: Object) -> dict[str, Decimal]:
    resources = container.get("resources") or {}
    declared = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: amount(value) for name, value in declared.items()}
