"""Informers that controllers share: one watch a kind, with indexes to look dependants up by."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gitops_lab.kube import Client, Informer
from gitops_lab.kube.objects import Object, controller_of, name_of, namespace_of

Key = tuple[str, str]
Handler = Callable[[str, Object, Object | None], None]

BY_NAMESPACE = "namespace"
BY_CONTROLLER = "controller"


def key_of(obj: Object) -> Key:
    """(namespace, name): the key of an object within its kind."""
    return namespace_of(obj), name_of(obj)


def resource_version(obj: Object) -> int:
    """metadata.resourceVersion as the rising number that it is; 0 where it is none."""
    text = str(obj["metadata"].get("resourceVersion", ""))
    return int(text) if text.isdecimal() else 0


class SharedInformer:
    """The objects of one kind, by name, by namespace and by controller.

    Handlers run on the informer's thread after the indexes know the change, in the order in which
    they subscribed. Objects are shared between controllers: copy before you change one.
    """

    def __init__(self, client: Client, api_version: str, kind: str) -> None:
        self.api_version, self.kind = api_version, kind
        self._informer = Informer(
            client, api_version, kind, on_event=self._take, keep=_without_managed_fields
        )
        self._handlers: list[Handler] = []
        self._index = _Index()

    def subscribe(self, handler: Handler) -> None:
        """Hear of every change from now on; call it before `start`."""
        self._handlers.append(handler)

    def start(self) -> None:
        """Begin to follow; returns at once."""
        self._informer.start()

    def stop(self) -> None:
        """End the watch."""
        self._informer.stop()

    def wait_synced(self, timeout: float) -> bool:
        """Whether the first list is in, waiting for it."""
        return self._informer.wait_synced(timeout)

    def get(self, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        return self._informer.get(namespace, name)

    def in_namespace(self, namespace: str) -> list[Object]:
        """The objects of a namespace."""
        return self._index.find((BY_NAMESPACE, namespace))

    def every(self) -> list[Object]:
        """All objects of the kind."""
        return self._informer.items()

    def controlled(self, uid: str) -> list[Object]:
        """The objects whose controller has that uid."""
        return self._index.find((BY_CONTROLLER, uid))

    def orphans(self, namespace: str) -> list[Object]:
        """The objects of a namespace that no controller owns."""
        return self._index.find((BY_CONTROLLER, f"none/{namespace}"))

    def _take(self, kind: str, new: Object, old: Object | None) -> None:
        self._index.replace(old, None if kind == "DELETED" else new)
        for handler in self._handlers:
            handler(kind, new, old)


def _without_managed_fields(obj: Object) -> Object:
    """Half of an object's size, and no controller reads it; an update without it keeps it."""
    obj["metadata"].pop("managedFields", None)
    return obj


@dataclass
class _Index:
    """Objects by the terms they can be looked up by."""

    _objects: dict[Key, dict[Key, Object]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, term: Key) -> list[Object]:
        with self._lock:
            return list(self._objects.get(term, {}).values())

    def replace(self, old: Object | None, new: Object | None) -> None:
        with self._lock:
            if old is not None:
                for term in _terms(old):
                    held = self._objects.get(term, {})
                    held.pop(key_of(old), None)
                    if not held:
                        self._objects.pop(term, None)
            if new is not None:
                for term in _terms(new):
                    self._objects.setdefault(term, {})[key_of(new)] = new


def _terms(obj: Object) -> Iterable[Key]:
    namespace = namespace_of(obj)
    controller = controller_of(obj)
    owner = str(controller.get("uid")) if controller else f"none/{namespace}"
    return (BY_NAMESPACE, namespace), (BY_CONTROLLER, owner)


class Informers:
    """The shared informers of one manager, each made when the first controller asks for it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._informers: dict[tuple[str, str], SharedInformer] = {}

    def of(self, api_version: str, kind: str) -> SharedInformer:
        """The informer of that kind, not started if it is new."""
        held = self._informers.get((api_version, kind))
        if held is None:
            held = SharedInformer(self._client, api_version, kind)
            self._informers[api_version, kind] = held
        return held

    def all(self) -> list[SharedInformer]:
        """Every informer that was asked for."""
        return list(self._informers.values())

    def start(self) -> None:
        """Start them all."""
        for informer in self._informers.values():
            informer.start()

    def wait_synced(self, timeout: float) -> bool:
        """Whether all first lists are in."""
        return all(informer.wait_synced(timeout) for informer in self._informers.values())

    def stop(self) -> None:
        """End all watches."""
        for informer in self._informers.values():
            informer.stop()
