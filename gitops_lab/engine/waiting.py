"""Waiting, within a sync, for objects to get healthy or to go: told by watch, ended by news."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.live import Live
from gitops_lab.errors import Place
from gitops_lab.kube import ObjectKey

_SLICE = 0.2
"""Seconds after which a wait looks whether a newer commit has come."""


class Preempted(ApplyError):
    """A sync makes way for a newer commit, another spec, or the end of the engine."""

    default_reason = "Preempted"

    def __init__(self) -> None:
        super().__init__("a newer commit has come in; this sync makes way for it.")


@dataclass(frozen=True)
class Waiter:
    """Waits for objects of one cluster, for `timeout` seconds at most."""

    live: Live
    timeout: float
    cancelled: Callable[[], bool] = lambda: False

    def until(self, probe: Callable[[], bool]) -> bool:
        """Whether the probe came true in time. Raises Preempted.

        The probe may ask the cluster: nobody else waits for the answer.
        """
        deadline = time.monotonic() + self.timeout
        while True:
            if self.cancelled():
                raise Preempted
            changes = self.live.changes
            if probe():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.live.wait_beyond(changes, min(left, _SLICE))

    def until_healthy(self, keys: Iterable[ObjectKey], what: str) -> None:
        """Wait for all of them. Raises ApplyError when one fails or time is up; Preempted."""
        wanted = list(keys)

        def settled() -> bool:
            states = [self._health(key).status for key in wanted]
            return HealthStatus.DEGRADED in states or set(states) <= {HealthStatus.HEALTHY}

        in_time = self.until(settled)
        for key in wanted:
            health = self._health(key)
            if health.status is HealthStatus.DEGRADED or (not in_time and _waits(health)):
                raise self._unhealthy(key, health, what, in_time)

    def _health(self, key: ObjectKey) -> Health:
        seen = self.live.get(key)
        if seen is None:
            return Health(HealthStatus.MISSING, "not in the cluster")
        return seen.health or Health(HealthStatus.HEALTHY)

    def _unhealthy(self, key: ObjectKey, health: Health, what: str, failed: bool) -> ApplyError:
        told = f"{health.status}{': ' + health.message if health.message else ''}"
        after = "" if failed else f" after {self.timeout:.0f} s"
        return ApplyError(
            f"{what} is not healthy{after}: {key} is {told}. What comes after it was not begun.",
            reason="WaveUnhealthy" if failed else "WaveTimeout",
            hint=f"See `kubectl describe {key.kind.lower()} {key.name}`; correct it and push.",
            place=Place(object=str(key)),
        )


def _waits(health: Health) -> bool:
    return health.status is not HealthStatus.HEALTHY
