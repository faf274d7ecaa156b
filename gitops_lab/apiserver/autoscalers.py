"""autoscaling/v1 autoscalers, which are stored as autoscaling/v2 has them.

v1 knows one metric, the CPU. What else a v2 object says travels in the annotations that the
genuine server uses for it, as JSON, so that nothing is lost on the way there and back.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.store.entry import Body

_PREFIX = "autoscaling.alpha.kubernetes.io/"
# (annotation, where it stands in v2)
_CARRIED = (
    ("metrics", "spec", "metrics"),
    ("behavior", "spec", "behavior"),
    ("conditions", "status", "conditions"),
    ("current-metrics", "status", "currentMetrics"),
)


@dataclass(frozen=True)
class AutoscalerV1:
    """Between the stored form and v1's."""

    collection: str = "autoscaling/horizontalpodautoscalers"

    def outward(self, body: Body) -> Body:
        """A stored object as v1 shows it."""
        parts = {part: dict(body.get(part) or {}) for part in ("spec", "status")}
        target = _take_cpu(parts["spec"], "metrics", "target")
        current = _take_cpu(parts["status"], "currentMetrics", "current")
        carried = {
            _PREFIX + name: orjson.dumps(parts[part].pop(key)).decode()
            for name, part, key in _CARRIED
            if parts[part].get(key)
        }
        for _, part, key in _CARRIED:
            parts[part].pop(key, None)
        if target is not None:
            parts["spec"]["targetCPUUtilizationPercentage"] = target
        if current is not None:
            parts["status"]["currentCPUUtilizationPercentage"] = current
        parts["status"].setdefault("currentReplicas", 0)
        return {**body, **parts, "metadata": _annotated(body["metadata"], carried)}

    def inward(self, body: Body) -> Body:
        """An object of v1 as it is stored."""
        parts = {part: dict(body.get(part) or {}) for part in ("spec", "status")}
        annotations = dict(body["metadata"].get("annotations") or {})
        for name, part, key in _CARRIED:
            if (found := _parsed(annotations.pop(_PREFIX + name, ""))) is not None:
                parts[part][key] = found
        target = parts["spec"].pop("targetCPUUtilizationPercentage", None)
        current = parts["status"].pop("currentCPUUtilizationPercentage", None)
        _add_cpu(parts["spec"], "metrics", "target", target)
        _add_cpu(parts["status"], "currentMetrics", "current", current)
        metadata = {**body["metadata"], "annotations": annotations}
        if not annotations:
            del metadata["annotations"]
        return {**body, **parts, "metadata": metadata}

    def shown(self, entry: Entry) -> Entry:
        """An entry whose body is v1's."""
        body = orjson.dumps(self.outward(entry.parsed()))
        return Entry(entry.key, entry.rv, body, entry.labels)


def _take_cpu(part: Body, key: str, place: str) -> int | None:
    """Take the utilisation of the CPU out of a list of metrics."""
    for metric in part.get(key) or []:
        amount = (metric.get("resource") or {}).get(place) or {}
        if _is_cpu(metric) and amount.get("averageUtilization") is not None:
            part[key] = [each for each in part[key] if each is not metric]
            return int(amount["averageUtilization"])
    return None


def _add_cpu(part: Body, key: str, place: str, value: int | None) -> None:
    if value is None:
        return
    amount: dict[str, Any] = {"averageUtilization": value}
    amount |= {"type": "Utilization"} if place == "target" else {"averageValue": "0"}
    metric = {"type": "Resource", "resource": {"name": "cpu", place: amount}}
    part[key] = [metric, *(part.get(key) or [])]


def _is_cpu(metric: Body) -> bool:
    return metric.get("type") == "Resource" and metric["resource"].get("name") == "cpu"


def _annotated(metadata: Body, carried: dict[str, str]) -> Body:
    if not carried:
        return metadata
    return {**metadata, "annotations": {**(metadata.get("annotations") or {}), **carried}}


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None
