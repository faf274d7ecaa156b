"""Recorded events (`kubectl get events`), written behind the controllers' backs.

The correlation is client-go's: the same event again counts up the one that is there; more than ten
in ten minutes that differ only in their message become one "(combined from similar events)"; and a
source may write 25 about one object at once, then one every five minutes.
"""

import logging
import queue
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gitops_lab.controllers.framework.times import now, stamp
from gitops_lab.kube import MERGE_PATCH, Client
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import Object

log = logging.getLogger(__name__)

NORMAL, WARNING = "Normal", "Warning"
_REMEMBERED = 2048
_SIMILAR, _SIMILAR_WITHIN = 10, 600.0
_BURST, _ONE_EVERY = 25, 300.0


@dataclass(frozen=True)
class Happening:
    """Something that happened to an object."""

    component: str
    involved: Object
    type: str
    reason: str
    message: str
    at: datetime = field(default_factory=now)

    @property
    def group(self) -> tuple[str, ...]:
        """All but the message: events of one group are similar."""
        involved = self.involved
        place = (involved["kind"], involved["namespace"], involved["name"], involved["uid"])
        return (self.component, *place, self.type, self.reason)


class Source:
    """Records events of one component."""

    def __init__(self, recorder: "Recorder", component: str) -> None:
        self._recorder = recorder
        self._component = component

    def normal(self, obj: Object, reason: str, message: str) -> None:
        """Something that is as it should be."""
        self._put(obj, NORMAL, reason, message)

    def warning(self, obj: Object, reason: str, message: str) -> None:
        """Something that the user may have to look at."""
        self._put(obj, WARNING, reason, message)

    def _put(self, obj: Object, kind: str, reason: str, message: str) -> None:
        self._recorder.put(
            Happening(self._component, reference_to(obj), kind, reason, message[:1024])
        )


def reference_to(obj: Object) -> Object:
    """The ObjectReference of an object."""
    metadata = obj["metadata"]
    return {
        "kind": obj.get("kind", ""),
        "namespace": metadata.get("namespace", ""),
        "name": metadata.get("name", ""),
        "uid": metadata.get("uid", ""),
        "apiVersion": obj.get("apiVersion", ""),
        "resourceVersion": metadata.get("resourceVersion", ""),
    }


class Recorder:
    """Writes events on a thread of its own, so that no controller waits for one."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._queue: queue.SimpleQueue[Happening | None] = queue.SimpleQueue()
        self._correlator = Correlator()
        self._thread = threading.Thread(target=self._run, name="controllers-events", daemon=True)

    def source(self, component: str) -> Source:
        """The recorder of one controller."""
        return Source(self, component)

    def put(self, event: Happening) -> None:
        """Write this event when its turn comes."""
        self._queue.put(event)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            try:
                self._write(event)
            except ApiError as error:
                # As in client-go an event that can't be written is dropped: it only informs.
                log.debug("event %s about %s: %s", event.reason, event.involved["name"], error)

    def _write(self, event: Happening) -> None:
        plan = self._correlator.plan(event, time.monotonic())
        if plan is None:
            return
        obj, known = plan
        if known:
            change = {name: obj[name] for name in ("count", "lastTimestamp", "message")}
            try:
                self._client.patch(obj, change, content_type=MERGE_PATCH)
                return
            except NotFound:
                log.debug("event %s is gone; written anew", obj["metadata"]["name"])
        self._client.create(obj)


@dataclass
class _Group:
    """What is known of the events of one source about one object for one reason."""

    messages: set[str] = field(default_factory=set)
    last: float = 0.0


class Correlator:
    """Decides which events are written, and which count up one that is there."""

    def __init__(self) -> None:
        self._written: OrderedDict[Any, Object] = OrderedDict()
        self._groups: OrderedDict[Any, _Group] = OrderedDict()
        self._budgets: OrderedDict[Any, tuple[float, float]] = OrderedDict()

    def plan(self, event: Happening, moment: float) -> tuple[Object, bool] | None:
        """The Event object and whether it exists already; None for one too many."""
        if not self._within_budget(event.group[:5], moment):
            return None
        combined = self._is_combined(event, moment)
        prefix = "(combined from similar events): " if combined else ""
        key = event.group if combined else (*event.group, event.message)
        held = self._written.get(key)
        if held is None:
            obj = _event_object(event, prefix + event.message)
        else:
            again = {"count": held["count"] + 1, "lastTimestamp": stamp(event.at)}
            obj = {**held, **again, "message": prefix + event.message}
        _remember(self._written, key, obj)
        return obj, held is not None

    def _is_combined(self, event: Happening, moment: float) -> bool:
        group = self._groups.get(event.group)
        if group is None or moment - group.last > _SIMILAR_WITHIN:
            group = _Group()
        group.messages.add(event.message)
        group.last = moment
        _remember(self._groups, event.group, group)
        return len(group.messages) >= _SIMILAR

    def _within_budget(self, who: tuple[str, ...], moment: float) -> bool:
        left, since = self._budgets.get(who, (float(_BURST), moment))
        left = min(float(_BURST), left + (moment - since) / _ONE_EVERY)
        allowed = left >= 1
        _remember(self._budgets, who, (left - 1 if allowed else left, moment))
        return allowed


def _remember(memory: "OrderedDict[Any, Any]", key: Any, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _event_object(event: Happening, message: str) -> Object:
    at = stamp(event.at)
    # Events about cluster-scoped objects live in the default namespace.
    namespace = event.involved["namespace"] or "default"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{event.involved['name']}.{time.time_ns():x}",
            "namespace": namespace,
        },
        "involvedObject": {k: v for k, v in event.involved.items() if v},
        "reason": event.reason,
        "message": message,
        "source": {"component": event.component},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
        "type": event.type,
        "reportingComponent": event.component,
        "reportingInstance": "",
    }
