"""The time as Kubernetes writes it."""

import time
from datetime import UTC, datetime


def now() -> str:
    """The time as metadata has it: whole seconds, UTC."""
    return datetime.fromtimestamp(int(time.time()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(moment: datetime) -> str:
    """A time as Kubernetes writes it, with four digits for any year."""
    return f"{moment.year:04}{moment.strftime('-%m-%dT%H:%M:%SZ')}"


def stamp_micro(moment: datetime) -> str:
    """The same with microseconds."""
    return f"{moment.year:04}{moment.strftime('-%m-%dT%H:%M:%S.%fZ')}"
