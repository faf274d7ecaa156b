"""Status conditions: plain lists of dicts, changed by making new lists."""

from collections.abc import Iterable

from gitops_lab.kube.objects import Object


def find(conditions: Iterable[Object] | None, kind: str) -> Object | None:
    """The condition of that type."""
    return next((c for c in conditions or [] if c.get("type") == kind), None)


def without(conditions: Iterable[Object] | None, kind: str) -> list[Object]:
    """All but the condition of that type."""
    return [c for c in conditions or [] if c.get("type") != kind]


def put(conditions: Iterable[Object] | None, condition: Object) -> list[Object]:
    """The list with this condition in it, last.

    One of the same status and reason stays as it is, and an unchanged status keeps its
    lastTransitionTime: the rule of the workload controllers.
    """
    held = find(conditions, condition["type"])
    if held and held.get("status") == condition["status"]:
        if held.get("reason") == condition.get("reason"):
            return list(conditions or [])
        condition = {**condition, "lastTransitionTime": held.get("lastTransitionTime")}
    return [*without(conditions, condition["type"]), condition]
