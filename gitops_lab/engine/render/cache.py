"""Keeping what was rendered last: the same inputs give the same objects."""

import threading
from collections import OrderedDict

from gitops_lab.engine.render.model import Rendered

OBJECTS_KEPT = 4000


class RenderCache:
    """The most recently used results, up to a number of objects. Thread-safe."""

    def __init__(self, objects: int = OBJECTS_KEPT) -> None:
        self._most = objects
        self._kept: OrderedDict[str, Rendered] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def get(self, digest: str) -> Rendered | None:
        """What was rendered from these inputs, if it is still kept."""
        with self._lock:
            found = self._kept.get(digest)
            if found:
                self._kept.move_to_end(digest)
            return found

    def put(self, rendered: Rendered) -> None:
        """Keep it; the least recently used go. The newest stays, whatever its size."""
        with self._lock:
            if rendered.digest in self._kept:
                return
            self._kept[rendered.digest] = rendered
            self._count += len(rendered.objects)
            while self._count > self._most and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._count -= len(dropped.objects)
