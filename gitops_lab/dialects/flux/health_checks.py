"""The rules of `healthCheckExprs` beside those of kstatus."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gitops_lab.dialects.flux.expressions import BadExpression, Expression, NotEvaluated
from gitops_lab.dialects.flux.ssa.kstatus import Health, assess
from gitops_lab.kube import Object
from gitops_lab.kube.objects import GroupKind, group_of

_ORDER = (
    ("inProgress", Health.IN_PROGRESS),
    ("failed", Health.FAILED),
    ("current", Health.CURRENT),
)
Rules = dict[GroupKind, list[tuple[Expression, Health]]]


def assessor(checks: Iterable[Mapping[str, Any]]) -> Callable[[Object], Health]:
    """How well an object is, by the rules for its kind, else by kstatus. Raises BadExpression."""
    rules: Rules = {}
    for index, one in enumerate(checks):
        kind = GroupKind(group_of(one["apiVersion"]), one.get("kind") or "")
        rules[kind] = [
            (_compiled(one[name], index, name), state) for name, state in _ORDER if one.get(name)
        ]
    return lambda obj: _assess(obj, rules)


def _compiled(text: str, index: int, name: str) -> Expression:
    try:
        return Expression(text)
    except BadExpression as error:
        what = f"failed to create custom status evaluator for healthchecks[{index}]"
        part = f"failed to parse the expression {name[0].upper()}{name[1:]}"
        raise BadExpression(f"{what}: {part}: {error}") from error


def _assess(obj: Object, rules: Rules) -> Health:
    group_kind = GroupKind.of(obj)
    found = rules.get(group_kind) or rules.get(GroupKind(group_kind.group, ""))
    if not found:
        return assess(obj)
    seen = (obj.get("status") or {}).get("observedGeneration")
    if isinstance(seen, int) and seen != obj["metadata"].get("generation", seen):
        return Health.IN_PROGRESS
    for expression, state in found:
        try:
            if expression.holds(obj):
                return state
        except NotEvaluated:
            continue  # a field that is not there yet
    return Health.IN_PROGRESS
