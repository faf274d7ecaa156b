"""The loop of one kind: what follows it, and the threads that bring each resource where it should
be. The rules are those of the controllers that the dialects stand for (controller-runtime):

a resource is never in two hands; what changes while it is worked on is looked at once more; a
failure is tried again later each time; a resource may ask to be looked at again after a while.
"""

import heapq
import logging
import math
import threading
import time
from collections.abc import Callable

from gitops_lab.kube import Client, Object
from gitops_lab.kube.informer import Informer
from gitops_lab.kube.objects import name_of, namespace_of

log = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
"""Seconds until a resource is tried again whose reconciliation raised."""

Key = tuple[str, str]


class TryAgain(Exception):
    """A reconciliation failed, said so in the status, and wants to be tried again, later each time.

    What a controller raises on purpose; it is no bug, and logged in one line.
    """


Reconcile = Callable[[Object], "float | None"]


class Controller:
    """Follows a kind in all namespaces, and calls `reconcile` with the newest object.

    `reconcile` is also called while the object has a deletionTimestamp; it returns the seconds
    until the next look, None for none. The object is shared: copy before you change it. An
    exception is logged and tried again after 1 s, twice as long each time, at most a minute.
    `wants(new, old)` says which changes are worth a look (`old` is None for a new object); a
    controller that writes the object's status leaves those out with `spec_changed`. `gone` is told
    of a resource that is no more. `workers` resources are worked on at a time.
    """

    def __init__(
        self,
        client: Client,
        api_version: str,
        kind: str,
        reconcile: Reconcile,
        *,
        name: str = "",
        wants: Callable[[Object, Object | None], bool] | None = None,
        gone: Callable[[str, str], None] | None = None,
        workers: int = 4,
    ) -> None:
        self.kind = kind
        self._reconcile = reconcile
        self._wants = wants or (lambda new, old: True)
        self._gone = gone
        self._informer = Informer(client, api_version, kind, on_event=self._seen)
        self._queue = _Queue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name or kind.lower()}-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        """Begin to follow; returns at once. The kind has to be served."""
        self._informer.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the watch; reconciliations that run are waited for, at most 5 s each."""
        self._queue.close()
        self._informer.stop()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(timeout=5)

    def wait_synced(self, timeout: float = 30.0) -> bool:
        """Whether all objects that there were at the start are known, waiting for it."""
        return self._informer.wait_synced(timeout)

    def trigger(self, namespace: str, name: str, *, after: float = 0.0) -> None:
        """Look at this one now, or in so many seconds; one that is not there is left alone."""
        if after > 0:
            self._queue.later((namespace, name), after)
        else:
            self._queue.add((namespace, name))

    def get(self, namespace: str, name: str) -> Object | None:
        """The newest object seen, None when there is none."""
        return self._informer.get(namespace, name)

    def items(self) -> list[Object]:
        """All objects, in no order."""
        return self._informer.items()

    def idle(self) -> bool:
        """Whether nothing is worked on or waits to be, apart from what is due later."""
        return self._informer.wait_synced(0) and self._queue.idle()

    def _seen(self, event: str, new: Object, old: Object | None) -> None:
        key = (namespace_of(new), name_of(new))
        if event == "DELETED":
            self._queue.forget(key)
            if self._gone is not None:
                self._gone(*key)
        elif self._wants(new, old):
            self._queue.add(key)

    def _run(self) -> None:
        while (key := self._queue.take()) is not None:
            pause = self._work(key)
            self._queue.done(key, pause)

    def _work(self, key: Key) -> float | None:
        """Reconcile what the key names; the seconds until the next look."""
        obj = self._informer.get(*key)
        if obj is None:
            return None
        try:
            pause = self._reconcile(obj)
        except TryAgain as error:
            pause = self._queue.failed(key)
            log.info("%s %s/%s: %s; again in %.0f s", self.kind, *key, error, pause)
            return pause
        except Exception:
            # One resource's bad luck must not end the controller of all of them.
            pause = self._queue.failed(key)
            log.exception("%s %s/%s; again in %.0f s", self.kind, *key, pause)
            return pause
        self._queue.succeeded(key)
        return pause


def spec_changed(new: Object, old: Object | None) -> bool:
    """Whether anything but the status and the server's own marks differs: what a controller that
    writes the status looks at, so as not to be woken by itself.
    """
    return old is None or _asked(new) != _asked(old)


def _asked(obj: Object) -> list[object]:
    metadata = obj["metadata"]
    marks = ("generation", "annotations", "labels", "deletionTimestamp", "finalizers", "uid")
    content = {k: v for k, v in obj.items() if k not in ("metadata", "status")}
    return [content, *(metadata.get(mark) for mark in marks)]


class _Queue:
    """Keys that wait; each at most once, and never in two hands. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: list[Key] = []
        self._again: set[Key] = set()
        self._working: set[Key] = set()
        self._due: dict[Key, float] = {}
        self._later: list[tuple[float, Key]] = []
        self._failures: dict[Key, int] = {}
        self._closed = False

    def add(self, key: Key) -> None:
        """Take this key next, or once more when it is worked on."""
        with self._changed:
            self._due.pop(key, None)
            self._add(key)

    def later(self, key: Key, pause: float) -> None:
        """Take this key after `pause` seconds at the latest."""
        with self._changed:
            if key not in self._ready:
                self._set_due(key, pause)
                self._changed.notify_all()

    def take(self) -> Key | None:
        """The next key, waiting for it; None when closed."""
        with self._changed:
            while not self._closed:
                pause = self._bring_due()
                if self._ready:
                    key = self._ready.pop(0)
                    self._working.add(key)
                    return key
                self._changed.wait(pause)
            return None

    def done(self, key: Key, pause: float | None) -> None:
        """The key is out of hand; it comes back after `pause` seconds unless it is None."""
        with self._changed:
            self._working.discard(key)
            if key in self._again:
                self._again.discard(key)
                self._add(key)
            elif pause is not None:
                self._set_due(key, pause)
            self._changed.notify_all()

    def failed(self, key: Key) -> float:
        """Seconds until this key may be tried again, twice as long each time."""
        with self._changed:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
        return float(min(FIRST_RETRY * 2.0**failures, LONGEST_RETRY))

    def succeeded(self, key: Key) -> None:
        """The key's next failure is its first."""
        with self._changed:
            self._failures.pop(key, None)

    def forget(self, key: Key) -> None:
        """The resource is gone: nothing is due any more."""
        with self._changed:
            self._due.pop(key, None)
            self._failures.pop(key, None)

    def idle(self) -> bool:
        with self._changed:
            return not self._ready and not self._working

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _set_due(self, key: Key, pause: float) -> None:
        """The earlier of two times counts."""
        due = time.monotonic() + max(pause, 0.0)
        if due < self._due.get(key, math.inf):
            self._due[key] = due
            heapq.heappush(self._later, (due, key))

    def _add(self, key: Key) -> None:
        if key in self._working:
            self._again.add(key)
        elif key not in self._ready:
            self._ready.append(key)
            self._changed.notify_all()

    def _bring_due(self) -> float | None:
        """Move what is due to the ready ones; the seconds until the next, None when there is none.

        A key that was asked for meanwhile, or that is gone, has another due time or none.
        """
        while self._later:
            due, key = self._later[0]
            pause = due - time.monotonic()
            if pause > 0 and self._due.get(key) == due:
                return pause
            heapq.heappop(self._later)
            if self._due.get(key) == due:
                del self._due[key]
                self._add(key)
        return None
