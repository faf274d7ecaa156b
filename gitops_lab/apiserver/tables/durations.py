"""Ages as kubectl shows them: two or three significant figures (`58s`, `4m10s`, `3h`, `2d5h`)."""

from datetime import UTC, datetime
from typing import Any

UNKNOWN = "<unknown>"


def human_duration(seconds: float) -> str:
    """A length of time for people; clocks may differ by less than two seconds."""
    if seconds <= -2:
        return "<invalid>"
    if seconds < 120:
        return f"{max(int(seconds), 0)}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 10:
        return _two(minutes, "m", rest, "s")
    if minutes < 180:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 8:
        return _two(hours, "h", minutes, "m")
    return _long(hours)


def _long(hours: int) -> str:
    """From eight hours on."""
    if hours < 48:
        return f"{hours}h"
    days, hours = divmod(hours, 24)
    if days < 8:
        return _two(days, "d", hours, "h")
    if days < 730:
        return f"{days}d"
    years, days = divmod(days, 365)
    return _two(years, "y", days, "d") if years < 8 else f"{years}y"


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"


def parse_time(text: Any) -> datetime | None:
    """An RFC 3339 time; None when there is none or it can't be read."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found and not found.tzinfo else found


def since(text: Any, now: datetime | None = None) -> str:
    """How long ago a time was."""
    then = parse_time(text)
    if then is None:
        return UNKNOWN
    return human_duration(((now or datetime.now(UTC)) - then).total_seconds())


def between(start: Any, end: Any) -> str:
    """From one time to another; `end` None is now, `start` None is the empty text."""
    first = parse_time(start)
    if first is None:
        return ""
    last = parse_time(end) or datetime.now(UTC)
    return human_duration((last - first).total_seconds())
