"""Label selectors as the workload kinds write them."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.kube.objects import Object


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector picks these labels.

    None picks nothing and an empty one picks everything, as in Kubernetes' apimachinery.
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or [])


def is_empty(selector: Mapping[str, Any] | None) -> bool:
    """Whether a LabelSelector names no label at all."""
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))


def with_label(selector: Mapping[str, Any] | None, key: str, value: str) -> Object:
    """A copy of a LabelSelector that asks for one label more."""
    selector = dict(selector or {})
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), key: value}
    return selector


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule.get("key", ""), rule.get("values") or []
    match rule.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False
