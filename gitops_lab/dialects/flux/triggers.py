"""Which changes of a resource Flux's controllers look at: a new spec, a deletion, a request."""

from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of

_REQUESTS = "reconcile.fluxcd.io/"
_SPEC = ("generation", "deletionTimestamp", "uid")


def asked_anew(new: Object, old: Object | None) -> bool:
    """Whether somebody asks for something else than before; labels and a status are no reason."""
    return old is None or _asked(new) != _asked(old)


def _asked(obj: Object) -> tuple[Any, ...]:
    metadata = obj["metadata"]
    marks = {n: v for n, v in annotations_of(obj).items() if n.startswith(_REQUESTS)}
    return marks, *(metadata.get(name) for name in _SPEC)
