"""Events on Flux's resources, and the way of the same news to notification-controller's alerts.

Flux tells Kubernetes and its notification-controller the same things. An event of severity *trace*
goes to Kubernetes alone.
"""

import contextlib
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gitops_lab.engine.clock import now, stamp
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import name_of, namespace_of, uid_of

log = logging.getLogger(__name__)

INFO, ERROR, TRACE = "info", "error", "trace"
_REMEMBERED = 300
_MAX_MESSAGE = 32_768


@dataclass(frozen=True)
class News:
    """What a controller has to say about a resource.

    `metadata` are facts beside the message, such as the revision; `controller` is who says it;
    `at` seconds since the epoch.
    """

    obj: Object
    severity: str
    reason: str
    message: str
    controller: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


class Announcer:
    """Writes events, and tells whoever listens. Thread-safe.

    The same news of the same resource only raises the count of its event. An event that can't be
    written is logged: it is a courtesy.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._written: OrderedDict[tuple[str, ...], Object] = OrderedDict()
        self._listeners: list[Callable[[News], None]] = []

    def subscribe(self, listener: Callable[[News], None]) -> None:
        """Call for all news from now on but traces."""
        self._listeners.append(listener)

    def tell(self, news: News) -> None:
        """Write it down and pass it on."""
        self._write(news)
        if news.severity == TRACE:
            return
        for listener in self._listeners:
            try:
                listener(news)
            except Exception:
                # An alert that fails must not stop the reconciliation that it is about.
                log.exception("an alert failed on %s", news.reason)

    def _write(self, news: News) -> None:
        kind = "Warning" if news.severity == ERROR else "Normal"
        key = (uid_of(news.obj), kind, news.reason, news.message)
        with self._lock, contextlib.suppress(ApiError):
            if (old := self._written.get(key)) is not None and self._again(key, old):
                return
            self._written[key] = self._client.create(_event(news, kind))
            if len(self._written) > _REMEMBERED:
                self._written.popitem(last=False)

    def _again(self, key: tuple[str, ...], old: Object) -> bool:
        patch = {"count": int(old.get("count") or 1) + 1, "lastTimestamp": stamp(now())}
        try:
            self._written[key] = self._client.patch(old, patch)
        except ApiError:
            del self._written[key]
            return False
        return True


def _event(news: News, kind: str) -> Object:
    at = stamp(now())
    metadata: Object = {
        "name": f"{name_of(news.obj)}.{uuid.uuid4().hex[:16]}",
        "namespace": namespace_of(news.obj) or "default",
    }
    if news.metadata:
        metadata["annotations"] = dict(news.metadata)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": metadata,
        "involvedObject": {
            "apiVersion": news.obj["apiVersion"],
            "kind": news.obj["kind"],
            "namespace": namespace_of(news.obj),
            "name": name_of(news.obj),
            "uid": uid_of(news.obj),
            "resourceVersion": str(news.obj["metadata"].get("resourceVersion", "")),
        },
        "type": kind,
        "reason": news.reason,
        "message": news.message[:_MAX_MESSAGE],
        "source": {"component": news.controller},
        "reportingComponent": news.controller,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }
