"""A local copy of a collection that follows the server, as client-go's informers do."""

import logging
import random
import threading
from collections.abc import Callable

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import ApiError, Expired
from gitops_lab.kube.objects import Object, name_of, namespace_of
from gitops_lab.kube.transport import stop_streams

log = logging.getLogger(__name__)

OnEvent = Callable[[str, Object, Object | None], None]
Keep = Callable[[Object], Object]
_FIRST_DELAY, _LAST_DELAY = 0.1, 10.0


class Informer:
    """Lists, then watches; lists again when the server has forgotten the place.

    `on_event(type, new, old)` runs on the informer's thread, in order: ADDED and MODIFIED with
    the new object (old is None on ADDED), DELETED with the last one seen. Objects are shared:
    copy before you change one. `keep` says what of an object is held in memory; apiVersion, kind
    and metadata's namespace, name and resourceVersion must be left. New objects are told whole.
    """

    def __init__(
        self,
        client: Client,
        api_version: str,
        kind: str,
        namespace: str = "",
        *,
        label_selector: str = "",
        on_event: OnEvent | None = None,
        keep: Keep | None = None,
    ) -> None:
        self._client = client
        self._what = (api_version, kind, namespace)
        self._selector = label_selector
        self._on_event = on_event
        self._reduced = keep or (lambda obj: obj)
        self._objects: dict[tuple[str, str], Object] = {}
        self._version = ""
        self._synced = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"informer-{kind.lower()}", daemon=True
        )

    def start(self) -> None:
        """Begin to follow; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch and the thread."""
        stop_streams(self._stop)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def wait_synced(self, timeout: float = 30.0) -> bool:
        """Whether the first list is in, waiting for it."""
        return self._synced.wait(timeout)

    def get(self, namespace: str, name: str) -> Object | None:
        """The object, None when there is none; namespace "" for a cluster-scoped one."""
        return self._objects.get((namespace, name))

    def items(self) -> list[Object]:
        """All objects, in no order."""
        return list(self._objects.values())

    def _run(self) -> None:
        delay = _FIRST_DELAY
        while not self._stop.is_set():
            try:
                if not self._version:
                    self._list()
                self._watch()
                delay = _FIRST_DELAY
            except Expired:
                self._version = ""
            except ApiError as error:
                if self._stop.is_set():
                    return
                log.info("watching %s: %s; again in %.1f s", self._what[1], error, delay)
                self._stop.wait(delay * random.uniform(0.8, 1.2))  # noqa: S311
                delay = min(delay * 2, _LAST_DELAY)

    def _list(self) -> None:
        api_version, kind, namespace = self._what
        result = self._client.list(api_version, kind, namespace, label_selector=self._selector)
        fresh = {_place(obj): obj for obj in result.items}
        for place, old in list(self._objects.items()):
            if place not in fresh:
                self._objects.pop(place)
                self._tell("DELETED", old, old)
        for obj in fresh.values():
            self._keep(obj)
        self._version = result.resource_version
        self._synced.set()

    def _watch(self) -> None:
        api_version, kind, namespace = self._what
        events = self._client.watch(
            api_version,
            kind,
            namespace,
            resource_version=self._version,
            label_selector=self._selector,
            stop=self._stop,
        )
        for event in events:
            self._version = event.object["metadata"]["resourceVersion"]
            if event.type == "DELETED":
                old = self._objects.pop(_place(event.object), None)
                self._tell("DELETED", event.object, old)
            elif event.type != "BOOKMARK":
                self._keep(event.object)

    def _keep(self, obj: Object) -> None:
        place = _place(obj)
        old = self._objects.get(place)
        if old and old["metadata"].get("resourceVersion") == obj["metadata"].get("resourceVersion"):
            return
        self._objects[place] = self._reduced(obj)
        self._tell("MODIFIED" if old else "ADDED", obj, old)

    def _tell(self, kind: str, new: Object, old: Object | None) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(kind, new, old)
        except Exception:
            # The copy must go on following the server whatever a listener does.
            log.exception("a listener failed on %s %s", kind, _place(new))


def _place(obj: Object) -> tuple[str, str]:
    return namespace_of(obj), name_of(obj)
