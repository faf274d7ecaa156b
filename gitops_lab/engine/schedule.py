"""When an App is looked at next. Pure: times are monotonic seconds, given by the caller."""

import random
from dataclasses import dataclass

from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.status import Status


@dataclass
class Schedule:
    """The next try after a failure, and the next comparison."""

    semantics: Semantics
    due: float | None = None
    why: str = ""

    def after_pass(self, status: Status, now: float) -> None:
        """A pass has ended with this status."""
        retry = status.retry
        if status.failed and retry and retry.next_at:
            self.due, self.why = now + (self.semantics.retry.delay(retry.attempt) or 0.0), "retry"
        else:
            jitter = random.uniform(0, self.semantics.resync_jitter)  # noqa: S311
            self.due, self.why = now + self.semantics.resync + jitter, "resync"
