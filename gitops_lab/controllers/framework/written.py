"""What a controller wrote and its informers have not shown yet.

A sync that reads caches older than the controller's own last writes would repeat them or fail with
conflicts. It is put off instead: the change that is missing brings the key back by itself.
"""

import threading
import time
from dataclasses import dataclass

from gitops_lab.controllers.framework.informers import (
    Key,
    SharedInformer,
    key_of,
    resource_version,
)
from gitops_lab.kube.objects import Object

# Should the change never come (the object was deleted and the watch broke), go on after this.
GIVE_UP_AFTER = 5.0


@dataclass(frozen=True)
class _Write:
    informer: SharedInformer
    version: int
    until: float
    deleted: bool

    def is_missing(self, key: Key) -> bool:
        """Whether the informer shows what was before this write."""
        if time.monotonic() > self.until:
            return False
        cached = self.informer.get(*key)
        if cached is None:
            return not self.deleted
        return resource_version(cached) < self.version


class Written:
    """The last writes for each owner; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: dict[Key, dict[tuple[str, Key], _Write]] = {}

    def note(
        self, owner: Key, informer: SharedInformer, obj: Object, *, deleted: bool = False
    ) -> None:
        """The server answered a write, or a deletion, for `owner` with this object."""
        place = (informer.kind, key_of(obj))
        until = time.monotonic() + GIVE_UP_AFTER
        write = _Write(informer, resource_version(obj), until, deleted)
        with self._lock:
            self._writes.setdefault(owner, {})[place] = write

    def gone(self, owner: Key, informer: SharedInformer, obj: Object) -> None:
        """The informer showed the end of an object: no earlier write of it is waited for."""
        place = (informer.kind, key_of(obj))
        with self._lock:
            held = self._writes.get(owner, {})
            if place in held and held[place].version <= resource_version(obj):
                del held[place]

    def seconds_to_wait(self, owner: Key) -> float:
        """How long to wait at most for the informers; 0 when they have caught up."""
        with self._lock:
            missing = {
                place: write
                for place, write in self._writes.pop(owner, {}).items()
                if write.is_missing(place[1])
            }
            if not missing:
                return 0.0
            self._writes[owner] = missing
            latest = max(write.until for write in missing.values())
            return latest - time.monotonic()
