"""When an App is looked at next. Pure: times are monotonic seconds, given by the caller."""

import random
from dataclasses import dataclass, field

from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.status import Status


@dataclass
class Schedule:
    """The next try after a failure, the next comparison, and how eagerly drift is healed."""

    semantics: Semantics
    due: float | None = None
    why: str = ""
    _heals: list[float] = field(default_factory=list)

    def after_pass(self, status: Status, now: float) -> None:
        """A pass has ended with this status."""
        retry = status.retry
        if status.failed and retry and retry.next_at:
            self.due, self.why = now + (self.semantics.retry.delay(retry.attempt) or 0.0), "retry"
        else:
            jitter = random.uniform(0, self.semantics.resync_jitter)  # noqa: S311
            self.due, self.why = now + self.semantics.resync + jitter, "resync"

    def heal_delay(self, now: float) -> float:
        """Seconds to wait before healing: none at first, more when somebody keeps changing it."""
        since = now - self.semantics.heal_forgiven
        if self._heals and self._heals[-1] < since - self.semantics.heal.longest:
            self._heals.clear()
        excess = len(self._heals) - self.semantics.heal_at_once
        if excess < 0 or self._heals[-1] < since:
            return 0.0
        delay = self.semantics.heal.delay(excess + 1) or self.semantics.heal.longest
        return max(0.0, self._heals[-1] + delay - now)

    def healed(self, now: float) -> None:
        """Drift was healed just now."""
        self._heals = [*self._heals[-50:], now]

    @property
    def fights(self) -> int:
        """How often drift was healed lately."""
        return len(self._heals)
