"""Controllers and the threads that run them.

A controller turns changes into keys (on the informers' threads, without I/O) and keys into writes
(`sync`, on a worker). All controllers of a manager share one queue and a handful of workers.
"""

import logging
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass

from gitops_lab.controllers.framework.events import Recorder
from gitops_lab.controllers.framework.informers import Informers, Key, key_of
from gitops_lab.controllers.framework.queue import WorkQueue
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError, Conflict, Unavailable
from gitops_lab.kube.objects import Object

log = logging.getLogger(__name__)


class Retry(Exception):
    """Come back to this key, later each time."""


class Controller(ABC):
    """One control loop. `sync` is never called for one key by two workers at once."""

    name: str

    def __init__(self, context: "Context") -> None:
        self.client = context.client
        self.informers = context.informers
        self.events = context.recorder.source(self.name)
        self._queue = context.queue

    @abstractmethod
    def sync(self, key: Key) -> None:
        """Bring the object of that key to what it should be. A failure is tried again."""

    def enqueue(self, key: Key) -> None:
        """Sync this key soon."""
        self._queue.add((self, key))

    def enqueue_after(self, key: Key, seconds: float) -> None:
        """Sync this key after a while."""
        self._queue.add_after((self, key), seconds)

    def enqueue_object(self, kind: str, new: Object, old: Object | None) -> None:
        """A handler that syncs whatever changed."""
        self.enqueue(key_of(new))


@dataclass(frozen=True)
class Context:
    """What controllers are given."""

    client: Client
    informers: Informers
    recorder: Recorder
    queue: "WorkQueue[tuple[Controller, Key]]"


class Workers:
    """Threads that take keys from the queue and have them synced."""

    def __init__(
        self, queue: "WorkQueue[tuple[Controller, Key]]", count: int, informers: Informers
    ) -> None:
        self._queue = queue
        self._informers = informers
        self._threads = [
            threading.Thread(target=self._run, name=f"controllers-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self._queue.shut_down()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def _run(self) -> None:
        # Who acts on half a cache creates what is there and deletes what is needed.
        while not self._informers.wait_synced(1.0):
            if self._queue.closed:
                return
        while (item := self._queue.get()) is not None:
            try:
                self._sync(*item)
            finally:
                self._queue.done(item)

    def _sync(self, controller: Controller, key: Key) -> None:
        item = (controller, key)
        try:
            controller.sync(key)
            self._queue.forget(item)
            return
        except (Conflict, Unavailable, Retry) as error:
            log.debug("%s %s: %s; again", controller.name, key, error)
        except ApiError as error:
            if is_namespace_terminating(error):
                self._queue.forget(item)
                return
            log.info("%s %s: %s; again", controller.name, key, error)
        except Exception:
            # A controller outlives a fault in one object; the key comes back, ever later.
            log.exception("%s failed on %s", controller.name, key)
        self._queue.add_rate_limited(item)


def is_namespace_terminating(error: ApiError) -> bool:
    """Whether nothing can be created, now or later, because the namespace is on its way out."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes)
