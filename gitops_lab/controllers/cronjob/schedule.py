"""Cron schedules as Kubernetes reads them. Pure.

A parser of our own: what a schedule means when clocks change, or when both kinds of day are given,
differs between libraries, and here it must be as in kube-controller-manager. Five fields, names of
months and days, `@daily` and the like, `@every 90s`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LIMITS = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_YEARS = 5


class ScheduleError(ValueError):
    """A text that is no schedule."""


class Schedule(Protocol):
    """Times without end."""

    def after(self, moment: datetime) -> datetime | None:
        """The first time after that moment, in UTC; None when there is none for five years."""


def parse(text: str, zone: str = "") -> Schedule:
    """Read a schedule; times are those of the zone's clocks, UTC's by default.

    Raises ScheduleError.
    """
    words = text.split()
    if words and (named := re.fullmatch(r"(?:CRON_)?TZ=(.*)", words[0])):
        zone, words = named[1], words[1:]
    if words[:1] == ["@every"] and len(words) == 2:
        return Every(_duration(words[1]))
    text = _WORDS.get(" ".join(words), " ".join(words))
    fields = text.split()
    if len(fields) != len(_LIMITS):
        found = " ".join(fields)
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{found}]")
    sets = [_values(field, *limit) for field, limit in zip(fields, _LIMITS, strict=True)]
    either = fields[2][0] not in "*?" and fields[4][0] not in "*?"
    return Cron((sets[0], sets[1], sets[2], sets[3], sets[4]), either, time_zone(zone))


def time_zone(name: str) -> ZoneInfo:
    """A time zone. Raises ScheduleError with Go's words."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(f"unknown time zone {name}") from error


def _duration(text: str) -> timedelta:
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ScheduleError(f"failed to parse duration @every {text}")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return timedelta(seconds=max(1, int(seconds)))


def _values(field: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        extent, slash, step = part.partition("/")
        first, dash, last = extent.partition("-")
        start = low if first in ("*", "?") else _number(first, low, names)
        end = high if first in ("*", "?") else start
        if dash:
            end = _number(last, low, names)
        elif slash:
            end = high
        if slash and (not step.isdecimal() or step == "0"):
            raise ScheduleError(f"step of range should be a positive number: {part}")
        if not low <= start <= end <= high:
            raise ScheduleError(f"not between {low} and {high}: {part}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.isdecimal():
        return int(text)
    if text.lower() in names:
        return names.index(text.lower()) + low
    raise ScheduleError(f"failed to parse int from {text}")


@dataclass(frozen=True)
class Every:
    """At a fixed distance from whatever was before."""

    distance: timedelta

    def after(self, moment: datetime) -> datetime:
        """That much later, on a whole second."""
        return moment.replace(microsecond=0) + self.distance


@dataclass(frozen=True)
class Cron:
    """Minutes, hours, days of the month, months and days of the week that match.

    `either`: both kinds of day are given, and one that matches is enough.
    """

    fields: tuple[frozenset[int], ...]
    either: bool
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """The next minute that matches on the zone's clocks; one that they skip does not come."""
        minutes, hours = self.fields[:2]
        time = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = time + timedelta(days=366 * _YEARS)
        while time < end:
            local = time.astimezone(self.zone)
            if not self._is_day(local):
                time = self._next_day(local)
            elif local.hour not in hours:
                time += timedelta(minutes=60 - local.minute)
            elif local.minute not in minutes:
                time += timedelta(minutes=1)
            else:
                return time
        return None

    def _is_day(self, local: datetime) -> bool:
        _, _, days, months, weekdays = self.fields
        of_month, of_week = local.day in days, local.isoweekday() % 7 in weekdays
        fits = (of_month or of_week) if self.either else (of_month and of_week)
        return fits and local.month in months

    def _next_day(self, local: datetime) -> datetime:
        midnight = local.replace(hour=0, minute=0, tzinfo=None) + timedelta(days=1)
        return midnight.replace(tzinfo=self.zone).astimezone(UTC)
