"""ConfigMaps and Secrets whose changes are a reason to look again at once, as their label says."""

from collections.abc import Callable, Iterable

from gitops_lab.dialects.controller import Controller
from gitops_lab.dialects.flux.watching import Watching
from gitops_lab.kube import Client, Object
from gitops_lab.kube.informer import Informer
from gitops_lab.kube.objects import name_of, namespace_of

_WATCHED = "reconcile.fluxcd.io/watch=Enabled"
Named = Callable[[Object], Iterable[tuple[str, str, str]]]
"""From a resource to the (kind, namespace, name) of each that it reads."""


class Configurations(Watching):
    """Triggers the resources of a controller that read what has changed."""

    def __init__(self, client: Client, controller: Controller, named: Named) -> None:
        self._controller = controller
        self._named = named
        super().__init__(
            [
                Informer(client, "v1", kind, label_selector=_WATCHED, on_event=self._changed)
                for kind in ("ConfigMap", "Secret")
            ]
        )

    def _changed(self, event: str, new: Object, old: Object | None) -> None:
        if event == "DELETED":
            return
        key = (new["kind"], namespace_of(new), name_of(new))
        for obj in self._controller.items():
            if key in self._named(obj):
                self._controller.trigger(namespace_of(obj), name_of(obj))
