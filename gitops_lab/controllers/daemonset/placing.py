"""Which nodes a DaemonSet runs on, and the pod for one of them. Pure."""

from collections.abc import Iterable

from gitops_lab.controllers.framework.pods import is_terminal, pod_from_template
from gitops_lab.kube.objects import (
    Object,
    annotations_of,
    copied,
    is_terminating,
    labels_of,
    name_of,
)
from gitops_lab.kube.placement import suits, tolerates

HASH = "controller-revision-hash"
_GENERATION = "deprecated.daemonset.template.generation"
_GENERATION_LABEL = "pod-template-generation"
_KEY = "node.kubernetes.io/"
_TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)


def tolerations(spec: Object) -> list[Object]:
    """What a daemon's pod tolerates: what its template says, and a node in any trouble."""
    taints = list(_TOLERATED)
    if spec.get("hostNetwork"):
        taints.append(("network-unavailable", "NoSchedule"))
    held = list(spec.get("tolerations") or [])
    for name, effect in taints:
        own = {"key": f"{_KEY}{name}", "operator": "Exists", "effect": effect}
        if any(_is_same(one, own) for one in held):
            held = [own if _is_same(one, own) else one for one in held]
        else:
            held.append(own)
    return held


def _is_same(one: Object, other: Object) -> bool:
    return all(one.get(k) == other.get(k) for k in ("key", "operator", "effect", "value"))


def should_run(one: Object, node: Object) -> tuple[bool, bool]:
    """Whether a pod is to be made on the node, and whether one that is there may stay."""
    spec = one["spec"]["template"]["spec"]
    if spec.get("nodeName") not in (None, "", name_of(node)) or not suits(spec, node):
        return False, False
    tolerated = tolerations(spec)
    taints = (node.get("spec") or {}).get("taints") or []
    refusing = [t for t in taints if not tolerates(tolerated, t)]
    effects = {taint.get("effect") for taint in refusing} - {"PreferNoSchedule"}
    return not effects, "NoExecute" not in effects


def node_of(pod: Object) -> str:
    """The node that a pod is on or is meant for; "" for none."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field.get("key") == "metadata.name" and len(field.get("values") or []) == 1:
                return str(field["values"][0])
    return ""


def by_node(pods: Iterable[Object]) -> dict[str, list[Object]]:
    """The pods of each node, oldest first; those that ended and are going are left out."""
    found: dict[str, list[Object]] = {}
    for pod in sorted(pods, key=_seniority):
        if not (is_terminating(pod) and is_terminal(pod)):
            found.setdefault(node_of(pod), []).append(pod)
    return found


def _seniority(pod: Object) -> tuple[bool, str, str]:
    """Scheduled ones first, then the oldest."""
    waiting = not pod["spec"].get("nodeName")
    return waiting, pod["metadata"].get("creationTimestamp", ""), name_of(pod)


def is_updated(pod: Object, digest: str) -> bool:
    """Whether the pod is of the newest revision."""
    return labels_of(pod).get(HASH) == digest


def make_pod(one: Object, reference: Object, digest: str, node: str) -> Object:
    """The pod for a node; the scheduler brings it there."""
    pod = pod_from_template(one["spec"]["template"], one, reference)
    labels, spec = pod["metadata"]["labels"], pod["spec"]
    labels[HASH] = digest
    if generation := annotations_of(one).get(_GENERATION):
        labels[_GENERATION_LABEL] = generation
    spec["tolerations"] = tolerations(spec)
    affinity = spec["affinity"] = copied(spec.get("affinity") or {})
    required = affinity.setdefault("nodeAffinity", {}).setdefault(
        "requiredDuringSchedulingIgnoredDuringExecution", {}
    )
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required["nodeSelectorTerms"] = [{"matchFields": [field]}]
    return pod
