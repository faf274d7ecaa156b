"""Kubernetes Events on the App, so that `kubectl describe` tells what happened."""

import logging
import queue
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from gitops_lab.engine.clock import now, stamp
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError

log = logging.getLogger(__name__)
_REMEMBERED = 200
_MAX_MESSAGE = 1000


@dataclass(frozen=True)
class About:
    """The resource that an event is about, and who tells it."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str
    component: str


@dataclass(frozen=True)
class Note:
    """An event to write: about what, Normal or Warning, what and why."""

    about: About
    kind: str
    reason: str
    message: str


class Recorder:
    """Writes events on a thread of its own; the same note again only raises the count.

    Events are a courtesy: what can't be written is logged and dropped.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._queue: queue.Queue[Note | None] = queue.Queue(maxsize=1000)
        self._written: OrderedDict[Note, Object] = OrderedDict()
        self._thread = threading.Thread(target=self._run, name="event-recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, for two seconds at most, and end."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def record(self, about: About, kind: str, reason: str, message: str) -> None:
        """Queue an event; dropped when a thousand are waiting."""
        note = Note(about, kind, reason, message[:_MAX_MESSAGE])
        try:
            self._queue.put_nowait(note)
        except queue.Full:
            log.warning("dropped event %s of %s", reason, about.name)

    def _run(self) -> None:
        while (note := self._queue.get()) is not None:
            try:
                self._write(note)
            except ApiError as error:
                log.info("event %s of %s: %s", note.reason, note.about.name, error)

    def _write(self, note: Note) -> None:
        same = self._written.pop(note, None)
        if same is not None:
            patch = {"count": int(same.get("count", 1)) + 1, "lastTimestamp": stamp(now())}
            self._written[note] = self._client.patch(same, patch)
            return
        self._written[note] = self._client.create(_event(note))
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)


def _event(note: Note) -> Object:
    moment, about = stamp(now()), note.about
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{about.name}.{time.time_ns():x}",
            "namespace": about.namespace,
        },
        "involvedObject": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
        },
        "type": note.kind,
        "reason": note.reason,
        "message": note.message,
        "count": 1,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "source": {"component": about.component},
        "reportingComponent": about.component,
    }
