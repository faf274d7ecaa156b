"""ConfigMaps and Secrets: read fresh when a pod starts, followed while one uses them."""

import threading
from collections.abc import Callable

from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import name_of, namespace_of

OnChange = Callable[[str, str, str], None]  # kind, namespace, name


class SourceStore:
    """Follows a kind once a pod refers to it, so that a node without such pods has no watch."""

    def __init__(self, client: Client, on_change: OnChange) -> None:
        self._client, self._on_change = client, on_change
        self._informers: dict[str, Informer] = {}
        self._lock = threading.Lock()

    def fetch(self, kind: str, namespace: str, name: str) -> Object | None:
        """The object as the server has it now; None when there is none. Raises ApiError."""
        self._follow(kind)
        try:
            return self._client.get("v1", kind, name, namespace)
        except NotFound:
            return None

    def stop(self) -> None:
        """End the watches."""
        for informer in self._informers.values():
            informer.stop()

    def _follow(self, kind: str) -> None:
        with self._lock:
            if kind in self._informers:
                return

            def changed(_event: str, new: Object, _old: Object | None) -> None:
                self._on_change(kind, namespace_of(new), name_of(new))

            self._informers[kind] = Informer(self._client, "v1", kind, on_event=changed)
            self._informers[kind].start()
