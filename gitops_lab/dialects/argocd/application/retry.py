"""How often a failed operation is tried again, and after how long."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.engine.fields import Fields

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
AUTOMATED_LIMIT = 5


@dataclass(frozen=True)
class Retry:
    """`limit` tries after the first (-1: for ever); seconds; `refresh` takes what is new."""

    limit: int = 0
    duration: float = 5.0
    factor: int = 2
    longest: float = 180.0
    refresh: bool = False

    @classmethod
    def read(cls, spec: Fields) -> "Retry":
        """`syncPolicy.retry`. Raises AppError."""
        backoff = spec.child("backoff")
        retry = cls(
            limit=spec.integer("limit", 0),
            duration=_seconds(backoff, "duration", 5.0),
            factor=backoff.integer("factor", 2),
            longest=_seconds(backoff, "maxDuration", 180.0),
            refresh=spec.boolean("refresh", False),
        )
        backoff.refuse_unknown()
        spec.refuse_unknown()
        return retry

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None, owner: str = "operation") -> "Retry":
        """The `retry` of an operation. Raises AppError."""
        return cls.read(Fields(raw or {}, "operation.retry", owner))

    def allows(self, count: int) -> bool:
        """Whether it may be tried again after so many retries."""
        return self.limit < 0 or count < self.limit

    def delay(self, count: int) -> float:
        """Seconds to wait after the failed try; `count` retries came before it."""
        return float(min(self.duration * self.factor**count, self.longest))


def seconds(text: str) -> float | None:
    """`1m30s` in seconds; a bare number is seconds; None when it is neither."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not text or _PART.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _seconds(spec: Fields, key: str, default: float) -> float:
    text = spec.string(key, "")
    if not text:
        return default
    found = seconds(text)
    if found is None:
        spec.fail(key, f"{text!r} is not a duration, as 5s or 3m")
    return found
