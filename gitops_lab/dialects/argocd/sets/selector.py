"""Label selectors on parameters: as Kubernetes' own, but any text may be a value. Pure."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.argocd.sets.errors import SetError


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether labels fit; an empty selector fits all. Raises SetError for an unknown operator."""
    if not selector:
        return True
    wanted: Mapping[str, Any] = selector.get("matchLabels") or {}
    if any(labels.get(str(key)) != str(value) for key, value in wanted.items()):
        return False
    return all(_fits(one, labels) for one in selector.get("matchExpressions") or [])


def _fits(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator = str(expression.get("key", "")), expression.get("operator")
    values = [str(value) for value in expression.get("values") or []]
    if operator == "In":
        return labels.get(key) in values and key in labels
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise SetError(
        f'error parsing label selector: "{operator}" is not a valid label selector operator'
    )
