"""Following what Apps read beside themselves: ConfigMaps and Secrets with variables and keys."""

import threading
from collections.abc import Callable

from gitops_lab.engine.app import App
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.objects import name_of, namespace_of

Input = tuple[str, str, str]
"""Kind, namespace and name."""


def inputs_of(app: App) -> frozenset[Input]:
    """What a render of the App reads beside it."""
    found = [(one.kind, one.name) for one in (app.post_build.sources if app.post_build else ())]
    if app.decryption:
        found.append(("Secret", app.decryption.secret))
    if app.source.verify:
        found.append(("Secret", app.source.verify.secret))
    return frozenset((kind, app.namespace, name) for kind, name in found)


class Beside:
    """One watch for each kind and namespace in which an App reads something. Thread-safe."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._readers: dict[str, tuple[frozenset[Input], Callable[[], None]]] = {}
        self._informers: dict[tuple[str, str], Informer] = {}
        self._lock = threading.Lock()

    def follow(self, app_id: str, inputs: frozenset[Input], tell: Callable[[], None]) -> None:
        """From now on `tell` is called when one of these changes; none ends it."""
        with self._lock:
            self._readers.pop(app_id, None)
            if inputs:
                self._readers[app_id] = (inputs, tell)
            for kind, namespace, _ in inputs:
                if (kind, namespace) not in self._informers:
                    self._informers[kind, namespace] = self._informer(kind, namespace)

    def stop(self) -> None:
        """End all watches."""
        with self._lock:
            informers, self._informers = list(self._informers.values()), {}
        for informer in informers:
            informer.stop()

    def _informer(self, kind: str, namespace: str) -> Informer:
        def look(event: str, new: Object, _: Object | None) -> None:
            self._seen((kind, namespace_of(new), name_of(new)))

        informer = Informer(self._client, "v1", kind, namespace, on_event=look, keep=_identity)
        informer.start()
        return informer

    def _seen(self, changed: Input) -> None:
        for inputs, tell in list(self._readers.values()):
            if changed in inputs:
                tell()


def _identity(obj: Object) -> Object:
    """No more than has to be kept of a Secret."""
    metadata = obj["metadata"]
    kept = {key: metadata[key] for key in ("namespace", "name", "resourceVersion")}
    return {"apiVersion": "v1", "kind": obj["kind"], "metadata": kept}
