"""Follows every object of every kind that the API serves, for what concerns all kinds alike.

Garbage collection and the end of a namespace must know of all objects, custom ones too. Of most
kinds only metadata is held; kinds that a controller follows anyway are not watched twice. A
definition (CRD) that comes or goes brings its kind in or out; nothing is asked in between.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from gitops_lab.controllers.framework.informers import Informers, Key
from gitops_lab.controllers.framework.workers import Context, Controller, Retry
from gitops_lab.kube import Client, Informer, ResourceInfo
from gitops_lab.kube.objects import Object, condition_of, namespace_of

log = logging.getLogger(__name__)

Watcher = Callable[[str, Object, Object | None], None]
TOKEN_SECRET = "kubernetes.io/service-account-token"  # noqa: S105 - the type of a Secret
_NEEDED = {"delete", "list", "watch"}
_HELD = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "ownerReferences",
    "finalizers",
    "deletionTimestamp",
)
# A kind that can't be listed (a broken conversion, say) must not stop garbage collection for good.
_SETTLE_WITHIN = 30.0


class Monitors:
    """The metadata of all objects. Handlers run on the watching threads and do no I/O."""

    def __init__(self, client: Client, informers: Informers) -> None:
        self._client = client
        self._shared = informers
        self._handlers: list[Watcher] = []
        self._own: dict[tuple[str, str], Informer] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()
        self._deadline = float("inf")

    def subscribe(self, handler: Watcher) -> None:
        """Hear of every change of every object; call it before `start`."""
        self._handlers.append(handler)

    def attach(self) -> None:
        """Listen to the shared informers too; call it when all are asked for, before they start."""
        for informer in self._shared.all():
            informer.subscribe(self._tell)

    def refresh(self) -> None:
        """Follow the kinds that are served now. Raises ApiError."""
        shared = {(one.api_version, one.kind) for one in self._shared.all()}
        wanted = {
            (info.api_version, info.kind): info
            for info in followable(self._client.resources())
            if (info.api_version, info.kind) not in shared
        }
        with self._lock:
            gone = [self._own.pop(kind) for kind in list(self._own) if kind not in wanted]
            new = [kind for kind in wanted if kind not in self._own]
            for kind in new:
                self._own[kind] = Informer(self._client, *kind, on_event=self._tell, keep=_reduced)
            self._deadline = time.monotonic() + _SETTLE_WITHIN
        for kind in new:
            self._own[kind].start()
        for informer in gone:
            self._end(informer)

    def follows(self, group: str, kind: str) -> bool:
        """Whether a kind, of whatever version, is followed."""
        with self._lock:
            own = list(self._own)
        shared = [(one.api_version, one.kind) for one in self._shared.all()]
        return any(k == kind and v.rpartition("/")[0] == group for v, k in [*own, *shared])

    def settled(self) -> bool:
        """Whether what is known is all there is: every first list is in, or has failed for long."""
        with self._lock:
            own = list(self._own.values())
        if not own:
            return False
        return all(one.wait_synced(0) for one in own) or time.monotonic() > self._deadline

    def count(self, namespace: str) -> Counter[str]:
        """How many objects of each kind are known in a namespace."""
        with self._lock:
            return +self._counts.get(namespace, Counter())

    def stop(self) -> None:
        """End all watches."""
        with self._lock:
            own, self._own = list(self._own.values()), {}
        for informer in own:
            informer.stop()

    def _end(self, informer: Informer) -> None:
        informer.stop()
        for obj in informer.items():
            self._tell("DELETED", obj, obj)

    def _tell(self, kind: str, new: Object, old: Object | None) -> None:
        step = {"ADDED": 1, "DELETED": -1}.get(kind, 0)
        namespace = namespace_of(new)
        if step and namespace:
            with self._lock:
                counts = self._counts.setdefault(namespace, Counter())
                counts[new["kind"]] += step
                if not +counts:
                    del self._counts[namespace]
        for handler in self._handlers:
            handler(kind, new, old)


def followable(resources: Iterable[ResourceInfo]) -> list[ResourceInfo]:
    """One version of each resource that can be listed, watched and deleted; events aside."""
    chosen: dict[tuple[str, str], ResourceInfo] = {}
    for info in resources:
        if set(info.verbs) >= _NEEDED and info.plural != "events":
            chosen.setdefault((info.group, info.plural), info)
    return list(chosen.values())


def _reduced(obj: Object) -> Object:
    metadata = {name: obj["metadata"][name] for name in _HELD if name in obj["metadata"]}
    reduced = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": metadata}
    # Of all Secrets those alone concern a controller.
    return {**reduced, "type": TOKEN_SECRET} if obj.get("type") == TOKEN_SECRET else reduced


class KindsController(Controller):
    """Keeps the monitors in step with the definitions of custom resources."""

    name = "kinds"
    everything: Key = ("", "")

    def __init__(self, context: Context, monitors: Monitors) -> None:
        super().__init__(context)
        self._monitors = monitors
        self._definitions = context.informers.of(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition"
        )
        self._definitions.subscribe(self._on_definition)

    def sync(self, key: Key) -> None:
        """Follow what is served now; come back until a new definition's kind is."""
        definition = self._definitions.get(*key)
        if definition is None:
            self._monitors.refresh()
            return
        spec = definition["spec"]
        group, kind = spec["group"], spec["names"]["kind"]
        if self._monitors.follows(group, kind):
            return
        self._monitors.refresh()
        is_served = any(version.get("served") for version in spec["versions"])
        if is_served and not self._monitors.follows(group, kind):
            raise Retry(f"{kind} is not served yet")

    def _on_definition(self, kind: str, new: Object, old: Object | None) -> None:
        established = condition_of(new, "Established") or {}
        if kind == "DELETED" or established.get("status") == "True":
            self.enqueue(("", new["metadata"]["name"]))
