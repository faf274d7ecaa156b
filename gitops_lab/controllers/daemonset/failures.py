"""Daemon pods that fail again and again are made again ever later."""

import threading
import time

_FIRST, _LONGEST = 1.0, 15 * 60.0
_Place = tuple[str, int, str]  # the set's uid, its generation, the node


class Failures:
    """How long each node of each set has to wait; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delays: dict[_Place, tuple[float, float]] = {}

    def seconds_to_wait(self, place: _Place) -> float:
        """How long before the next failed pod may be deleted; 0 notes that this one is."""
        moment = time.monotonic()
        with self._lock:
            delay, since = self._delays.get(place, (0.0, 0.0))
            if moment - since < delay:
                return delay - (moment - since)
            long_ago = moment - since > 2 * _LONGEST
            following = _FIRST if long_ago or not delay else min(2 * delay, _LONGEST)
            self._delays[place] = (following, moment)
            return 0.0

    def forget(self, uid: str) -> None:
        """The set is gone."""
        with self._lock:
            for place in [place for place in self._delays if place[0] == uid]:
                del self._delays[place]
