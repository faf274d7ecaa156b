"""Health as a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class HealthStatus(StrEnum):
    """The six words of the field, in Argo CD's spelling."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


_BEST_TO_WORST = tuple(HealthStatus)


@dataclass(frozen=True)
class Health:
    """A status, and what speaks for it in words."""

    status: HealthStatus
    message: str = ""

    @property
    def badness(self) -> int:
        """0 for healthy; more is worse."""
        return _BEST_TO_WORST.index(self.status)


def healthy(message: str = "") -> Health:
    """It is well."""
    return Health(HealthStatus.HEALTHY, message)


def progressing(message: str) -> Health:
    """It is on its way."""
    return Health(HealthStatus.PROGRESSING, message)


def degraded(message: str) -> Health:
    """It failed, and won't get well by waiting."""
    return Health(HealthStatus.DEGRADED, message)


def suspended(message: str) -> Health:
    """Somebody paused it."""
    return Health(HealthStatus.SUSPENDED, message)


def unknown(message: str) -> Health:
    """What the object says of itself can't be read."""
    return Health(HealthStatus.UNKNOWN, message)


def aggregate(parts: Iterable[Health | None]) -> Health:
    """The worst of all; None does not count, and nothing at all is healthy."""
    return max((part for part in parts if part), key=lambda part: part.badness, default=healthy())
