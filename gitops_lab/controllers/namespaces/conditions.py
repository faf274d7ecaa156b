"""The conditions of a namespace that is being deleted. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.times import stamp
from gitops_lab.kube.objects import Object

_DISCOVERY = "NamespaceDeletionDiscoveryFailure"
_PARSING = "NamespaceDeletionGroupVersionParsingFailure"
_CONTENT = "NamespaceDeletionContentFailure"
_REMAINING = "NamespaceContentRemaining"
_FINALIZERS = "NamespaceFinalizersRemaining"

_FINE = {
    _DISCOVERY: ("ResourcesDiscovered", "All resources successfully discovered"),
    _PARSING: ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    _CONTENT: (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    _REMAINING: ("ContentRemoved", "All content successfully removed"),
    _FINALIZERS: ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
}


@dataclass
class Leftovers:
    """What an attempt to empty a namespace left.

    `resources` counts objects by `plural.group`, `finalizers` by finalizer; `errors` say which
    kinds could not be deleted.
    """

    resources: Counter[str] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    discovery_error: str = ""

    def add(self, resource: str, items: Sequence[Object]) -> None:
        """These objects of a resource are still there."""
        self.resources[resource] += len(items)
        for item in items:
            self.finalizers.update(item["metadata"].get("finalizers") or [])

    @property
    def nothing(self) -> bool:
        """Whether the namespace is empty and known to be."""
        return not (+self.resources or self.errors or self.discovery_error)


def of_leftovers(held: Sequence[Object] | None, left: Leftovers, moment: datetime) -> list[Object]:
    """All five conditions; what did not change keeps its time."""
    result = list(held or [])
    for kind in _FINE:
        status, reason, message = _verdict(kind, left)
        before = conditions.find(result, kind)
        since = stamp(moment)
        if before and before.get("status") == status:
            since = before.get("lastTransitionTime") or since
        condition = {
            "type": kind,
            "status": status,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        }
        result = [condition if one.get("type") == kind else one for one in result]
        if before is None:
            result.append(condition)
    return result


def _verdict(kind: str, left: Leftovers) -> tuple[str, str, str]:
    if kind == _DISCOVERY and left.discovery_error:
        return "True", "DiscoveryFailed", left.discovery_error
    if kind == _CONTENT and left.errors:
        told = ", ".join(sorted(left.errors))
        count = len(left.errors)
        message = f"Failed to delete all resource types, {count} remaining: {told}"
        return "True", "ContentDeletionFailed", message
    if kind == _REMAINING and +left.resources:
        told = ", ".join(
            sorted(f"{name} has {n} resource instances" for name, n in (+left.resources).items())
        )
        return "True", "SomeResourcesRemain", f"Some resources are remaining: {told}"
    if kind == _FINALIZERS and left.finalizers:
        told = ", ".join(
            sorted(f"{name} in {n} resource instances" for name, n in left.finalizers.items())
        )
        message = f"Some content in the namespace has finalizers remaining: {told}"
        return "True", "SomeFinalizersRemain", message
    return "False", *_FINE[kind]
