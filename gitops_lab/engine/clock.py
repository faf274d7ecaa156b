"""Times as Kubernetes writes them."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`2026-01-31T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime | None:
    """The reverse of `stamp`; None when the text is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def after(moment: datetime, seconds: float) -> str:
    """The stamp of a moment that much later, rounded up to a full second."""
    later = moment + timedelta(seconds=seconds)
    if later.microsecond:
        later = later.replace(microsecond=0) + timedelta(seconds=1)
    return stamp(later)
