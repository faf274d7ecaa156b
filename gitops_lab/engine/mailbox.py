"""What a worker has to do next: triggers and touched objects add up while it is busy."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitops_lab.engine.schedule import Schedule
from gitops_lab.kube import ObjectKey


@dataclass
class Work:
    """Words that ask for a pass (`spec`, `push`, `drift`, …), and objects seen to change."""

    triggers: set[str] = field(default_factory=set)
    touched: set[ObjectKey] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.triggers or self.touched)


class Mailbox:
    """Filled from any thread, emptied by one. The schedule's due time is a trigger too."""

    def __init__(self, schedule: Schedule, first: str) -> None:
        self._schedule = schedule
        self._work = Work({first})
        self._changed = threading.Condition()
        self._busy = False
        self.stopping = False

    def trigger(self, why: str) -> None:
        """Ask for a pass."""
        with self._changed:
            self._work.triggers.add(why)
            self._changed.notify()

    def touch(self, key: ObjectKey) -> None:
        """An object was seen to change."""
        with self._changed:
            self._work.touched.add(key)
            self._changed.notify()

    def stop(self) -> None:
        """Let `take` answer None from now on."""
        with self._changed:
            self.stopping = True
            self._changed.notify()

    def take(self) -> Work | None:
        """Wait for work and take all of it; None at the end. The taker is busy until `done`."""
        with self._changed:
            while not (self._work or self.stopping):
                if self._is_due():
                    break
                due = self._schedule.due
                self._changed.wait(None if due is None else max(0.0, due - time.monotonic()))
            if self.stopping:
                return None
            work, self._work = self._work, Work()
            self._busy = True
            return work

    def done(self) -> None:
        """What was taken is done."""
        with self._changed:
            self._busy = False

    def at_rest(self) -> bool:
        """Whether nothing is waiting and nothing is being done."""
        with self._changed:
            return not (self._work or self._busy)

    def waiting(self, triggers: Iterable[str]) -> bool:
        """Whether one of these triggers has come in since the last `take`."""
        with self._changed:
            return not self._work.triggers.isdisjoint(triggers)

    def _is_due(self) -> bool:
        due = self._schedule.due
        if due is None or due > time.monotonic():
            return False
        self._schedule.due = None
        self._work.triggers.add(self._schedule.why or "retry")
        return True
