"""Durations as Go writes them: `1m30s`, `500ms`."""

import re

PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: object, default: float = 0.0) -> float:
    """Seconds of a duration; the default for none. The schemas let nothing else through."""
    if not text:
        return default
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(str(text)))


def duration(value: float) -> str:
    """The duration of so many seconds, in Go's words: `5m0s`, `1.25s`, `0s`."""
    if 0 < value < 1:
        return f"{_number(value * 1000)}ms"
    if value < 60:
        return f"{_number(value)}s"
    whole, rest = divmod(value, 60)
    hours, minutes = divmod(int(whole), 60)
    return f"{f'{hours}h' if hours else ''}{minutes}m{_number(rest)}s"


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
