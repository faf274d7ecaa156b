"""Events about pods, nodes and services, written beside the work and never in its way."""

import contextlib
import logging
import queue
import threading
import time
from dataclasses import dataclass

from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.node import times

log = logging.getLogger(__name__)

_REMEMBERED = 2000
# A pod that starts has better use for the processor than to write that it does.
_LATER_SECONDS = 0.2


@dataclass(frozen=True)
class Event:
    """Something that happened to an object. `kind` is Normal or Warning."""

    about: Object
    kind: str
    reason: str
    message: str
    field: str = ""  # such as spec.containers{web}
    component: str = "kubelet"


class Recorder:
    """A thread of its own that writes events; the same one again raises its count."""

    def __init__(self, client: Client, host: str) -> None:
        self._client, self._host = client, host
        self._queue: queue.SimpleQueue[tuple[Event, str] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._known: dict[tuple[str, ...], Object] = {}
        self._thread = threading.Thread(target=self._run, name="node-events", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def record(self, event: Event) -> None:
        """Take an event to write soon."""
        self._queue.put((event, times.now()))

    def _run(self) -> None:
        while True:
            if self._queue.empty():
                waiting = self._queue.get()
                self._stopping.wait(_LATER_SECONDS)
            else:
                waiting = self._queue.get()
            if waiting is None:
                return
            self._try(*waiting)

    def _try(self, event: Event, moment: str) -> None:
        try:
            self._write(event, moment)
        except ApiError as error:
            log.info("an event was not written: %s", error)
        except Exception:
            log.exception("an event was not written: %s", event.reason)

    def _write(self, event: Event, moment: str) -> None:
        key = (_reference(event)["uid"], event.field, event.reason, event.message)
        known = self._known.get(key)
        if known is not None:
            with contextlib.suppress(NotFound):
                self._known[key] = self._client.patch(
                    known, {"count": known.get("count", 1) + 1, "lastTimestamp": moment}
                )
                return
        self._known[key] = self._client.create(self._object(event, moment))
        if len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))

    def _object(self, event: Event, moment: str) -> Object:
        about = _reference(event)
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{about['name']}.{time.time_ns():x}",
                "namespace": about.get("namespace") or "default",
            },
            "involvedObject": about,
            "type": event.kind,
            "reason": event.reason,
            "message": event.message[:1024],
            "source": {"component": event.component, "host": self._host},
            "reportingComponent": event.component,
            "reportingInstance": self._host,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }


def _reference(event: Event) -> Object:
    metadata = event.about["metadata"]
    reference = {
        "apiVersion": event.about.get("apiVersion", "v1"),
        "kind": event.about.get("kind", "Pod"),
        "name": metadata["name"],
        "uid": metadata.get("uid", ""),
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    if metadata.get("namespace"):
        reference["namespace"] = metadata["namespace"]
    if event.field:
        reference["fieldPath"] = event.field
    return reference
