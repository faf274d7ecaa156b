"""How long to wait before trying again. Pure; the caller brings the clock."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Waits of `first`, then `base` doubling up to `cap` seconds.

    It begins again when more than twice the cap went by since the last one. A kubelet's values:
    0, then 10 s to 5 min for containers; 10 s to 5 min for images.
    """

    base: float = 10.0
    cap: float = 300.0
    first: float = 0.0
    _next: float | None = None
    _last: float = 0.0

    def delay(self, now: float) -> float:
        """The wait before the next try; each call raises the one after it."""
        if self._next is None or now - self._last > 2 * self.cap:
            self._next = self.first
        delay = self._next
        self._next = min(delay * 2 or self.base, self.cap)
        self._last = now
        return delay


def go_duration(seconds: float) -> str:
    """A duration as Go prints it and kubelet messages carry it: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(round(seconds * 1000) / 1000, 60)
    if not minutes:
        return f"{rest:g}s"
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + f"{minutes}m{rest:g}s"
