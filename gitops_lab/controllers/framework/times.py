"""Times as the API writes them: UTC, whole seconds, `2026-01-31T08:00:00Z`."""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """A `metav1.Time`."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str | None) -> datetime | None:
    """The moment that a `metav1.Time` or `MicroTime` names; None for none or nonsense."""
    found = _FORM.match(text or "")
    if not found:
        return None
    fraction = (found[2] or ".0")[:7]
    zone = "+00:00" if found[3] == "Z" else found[3]
    return datetime.fromisoformat(found[1] + zone).replace(
        microsecond=int(fraction[1:].ljust(6, "0"))
    )


def seconds_since(text: str | None, moment: datetime) -> float | None:
    """How long ago that was at `moment`; None where there is no time."""
    then = parse(text)
    return None if then is None else (moment - then).total_seconds()
