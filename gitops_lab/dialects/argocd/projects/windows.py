"""Sync windows: when the Applications of a project may be synced. Pure; the caller has the clock.

An active deny window wins over everything. Where there are allow windows for an Application, one
of them has to be active. `manualSync` lets a person through, if every window in the way says so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gitops_lab.controllers.cronjob.schedule import Schedule, ScheduleError, parse
from gitops_lab.dialects.argocd.projects.globs import matches

BLOCKED = "Sync operation blocked by sync window"
"""What an operation that waits for a window says."""

_PARTS = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class WindowError(ValueError):
    """A window whose schedule, duration or time zone can't be read: it blocks, and says so."""


@dataclass(frozen=True)
class Target:
    """What a window is asked about: an Application, and where it deploys to."""

    name: str
    namespace: str
    server: str = ""
    cluster: str = ""


@dataclass(frozen=True)
class Window:
    """A time that comes again and again; `schedule` is when it begins."""

    kind: str
    schedule: str
    duration: str
    applications: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    manual_sync: bool = False
    time_zone: str = ""
    and_operator: bool = False
    sync_overrun: bool = False

    def concerns(self, target: Target) -> bool:
        """Whether the window is about this Application."""
        found = [
            any(matches(pattern, text) for pattern in patterns for text in texts if text)
            for patterns, texts in (
                (self.applications, (target.name,)),
                (self.clusters, (target.server, target.cluster)),
                (self.namespaces, (target.namespace,)),
            )
            if patterns
        ]
        return bool(found) and (all(found) if self.and_operator else any(found))

    def is_active(self, moment: datetime) -> bool:
        """Whether it is open at that moment. Raises WindowError."""
        begins, length = self._times()
        start = begins.after(moment.astimezone(UTC) - length)
        return start is not None and start < moment

    def changes(self, moment: datetime) -> datetime | None:
        """When it opens or closes next. Raises WindowError."""
        begins, length = self._times()
        start = begins.after(moment.astimezone(UTC) - length)
        if start is not None and start < moment:
            return start + length
        return start

    def _times(self) -> tuple[Schedule, timedelta]:
        try:
            return parse(self.schedule, self.time_zone), _duration(self.duration)
        except ScheduleError as error:
            raise WindowError(f"cannot parse schedule '{self.schedule}': {error}") from error


@dataclass(frozen=True)
class Gate:
    """Whether a sync may run now; if not, `message` as Argo CD says it.

    `changes` is when a window opens or closes next, so that one can look again then.
    """

    open: bool
    message: str = ""
    changes: datetime | None = None


OPEN = Gate(True)


def gate(
    windows: Iterable[Window],
    target: Target,
    moment: datetime,
    *,
    manual: bool,
    running: bool = False,
) -> Gate:
    """What the windows say of a sync at that moment.

    `manual`: a person asked for it. `running`: it has begun, and windows with `syncOverrun` let
    it go on.
    """
    mine = [window for window in windows if window.concerns(target)]
    if not mine:
        return OPEN
    try:
        changes = min((when for one in mine if (when := one.changes(moment))), default=None)
        if _may(mine, moment, manual=manual, running=running):
            return Gate(True, "", changes)
    except WindowError as error:
        return Gate(False, f"{BLOCKED}: invalid sync windows: {error}")
    return Gate(False, BLOCKED, changes)


def _may(windows: Sequence[Window], moment: datetime, *, manual: bool, running: bool) -> bool:
    active = [window for window in windows if window.is_active(moment)]
    denies = [window for window in active if window.kind == "deny"]
    if denies:
        return _lets_through(denies, manual=manual, running=running)
    if any(window.kind == "allow" for window in active):
        return True
    allows = [window for window in windows if window.kind == "allow"]
    if running and allows and all(window.sync_overrun for window in allows):
        return True
    return not allows or (manual and all(window.manual_sync for window in allows))


def _lets_through(denies: Sequence[Window], *, manual: bool, running: bool) -> bool:
    if running and all(window.sync_overrun for window in denies):
        return True
    return manual and all(window.manual_sync for window in denies)


def _duration(text: str) -> timedelta:
    """A duration as Go writes it, such as `1h30m`."""
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise WindowError(f"cannot parse duration '{text}': time: invalid duration \"{text}\"")
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
