"""What lets Flux's controllers look at a resource before its interval is over."""

from collections.abc import Callable
from typing import Any

from gitops_lab.dialects.controller import Controller
from gitops_lab.dialects.flux.draft import REQUESTED_AT
from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of, name_of, namespace_of

_SPEC = ("generation", "deletionTimestamp", "uid")


def asked_anew(new: Object, old: Object | None) -> bool:
    """Whether a controller of Flux's is woken by a change: of the spec, or of the request to
    reconcile. Other annotations, labels and finalizers wait for the next look.
    """
    return old is None or _asked(new) != _asked(old)


def _asked(obj: Object) -> tuple[Any, ...]:
    metadata = obj["metadata"]
    return annotations_of(obj).get(REQUESTED_AT), *(metadata.get(name) for name in _SPEC)


class Chosen:
    """The resources of a controller's kind that somebody else's news are about."""

    controller: Controller

    def trigger(self, wanted: Callable[[Object], bool]) -> None:
        """Look at those now; from any thread."""
        for obj in self.chosen(wanted):
            self.controller.trigger(namespace_of(obj), name_of(obj))

    def chosen(self, wanted: Callable[[Object], bool]) -> list[Object]:
        """Those, but for the suspended ones."""
        every = self.controller.items()
        return [obj for obj in every if wanted(obj) and not obj["spec"].get("suspend")]
