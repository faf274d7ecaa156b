"""The chain as data: what each stage did and when, for whoever listens. Nobody has to poll."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)
_KEPT = 1000


@dataclass(frozen=True)
class ChainEvent:
    """A stage of an App has something to tell.

    `app` is `namespace/name`; `stage` as in Status; `reason` one word, such as Rendered; `at`
    seconds since the epoch; `data` sizes, counts and durations (`seconds`).
    """

    app: str
    stage: str
    reason: str
    message: str = ""
    at: float = field(default_factory=time.time)
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For who reads the chain from elsewhere."""
        return {**vars(self), "data": dict(self.data)}


Listener = Callable[[ChainEvent], None]


class Chain:
    """The last events in memory, and those who listen. Thread-safe."""

    def __init__(self) -> None:
        self._recent: deque[ChainEvent] = deque(maxlen=_KEPT)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def tell(self, event: ChainEvent) -> None:
        """Keep an event and pass it on; a listener that fails is logged, not obeyed."""
        with self._lock:
            self._recent.append(event)
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s %s", event.app, event.reason)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each event from now on; the answer ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def recent(self, app: str = "") -> list[ChainEvent]:
        """The last events, oldest first; of one App when it is named."""
        with self._lock:
            return [event for event in self._recent if not app or event.app == app]
