"""Small readings of a live object that the rules share. An absent number is 0."""

from typing import Any

from gitops_lab.engine.health.model import Health, progressing
from gitops_lab.kube.objects import Object, condition_of


def spec_of(obj: Object) -> Object:
    """`.spec`; never None."""
    return obj.get("spec") or {}


def status_of(obj: Object) -> Object:
    """`.status`; never None."""
    return obj.get("status") or {}


def number(fields: Object, name: str, default: int = 0) -> int:
    """A whole number."""
    value: Any = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def condition_is(obj: Object, kind: str, wanted: str = "True") -> Object | None:
    """The condition of that type, if it has that status."""
    condition = condition_of(obj, kind)
    return condition if condition and condition.get("status") == wanted else None


def words(condition: Object) -> str:
    """What a condition says: its message, else its reason, else its type."""
    return str(condition.get("message") or condition.get("reason") or condition.get("type") or "")


def not_observed(obj: Object) -> Health | None:
    """Progressing while the controller has not yet seen the newest spec."""
    generation = number(obj.get("metadata") or {}, "generation")
    if number(status_of(obj), "observedGeneration") >= generation:
        return None
    return progressing("waiting until its controller has seen the newest spec")
