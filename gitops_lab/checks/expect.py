"""Waiting for what a check expects: green at once when it is there, red once nothing moves."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gitops_lab.checks.chain import blame
from gitops_lab.checks.changes import Changes
from gitops_lab.checks.settled import engine_moving
from gitops_lab.checks.verdict import Red, Sight
from gitops_lab.checks.world import World
from gitops_lab.kube.errors import ApiError

PATIENCE = 10.0
"""Seconds for which a check waits at most while something is still moving."""
UNTOLD = 0.25
"""Seconds after which a check looks again without an event: what a page answers has none."""


class Check(Protocol):
    """Something that can be looked at, again and again, until it is as it should be."""

    def look(self, world: World) -> Sight:
        """One look. Never waits."""


@dataclass
class Expect:
    """The fixture `expect`: judges checks, remembers what the last one saw and waited for."""

    world: World
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    sights: list[Sight] = field(default_factory=list)
    waiting: str = ""
    _changes: Changes | None = None

    def close(self) -> None:
        """Follow what changes no more."""
        if self._changes is not None:
            self._changes.stop()

    def __call__(self, check: Check) -> Sight:
        """Wait until a check is green. Raises `Red` when it isn't and nothing moves any more.

        While the engine is at work, or the check itself says that something may still come, it
        waits for events, for `patience` seconds at most, and says then what it was waiting for.
        """
        end = self.clock() + self.patience
        sight = _look(check, self.world)
        while not sight.passed:
            # What moves is asked before the next look, so that what it brought is not missed.
            busy = engine_moving(self.world)
            sight = _look(check, self.world)
            busy = self.waiting = busy or sight.waits
            if sight.passed or not busy:
                break
            if self.clock() >= end:
                sight = sight.but(seen=f"{sight.seen} (waited for {busy})")
                break
            self._wait()
        self.sights.append(sight)
        if not sight.passed:
            raise Red(blame(self.world, sight))
        return sight

    def _wait(self) -> None:
        if self._changes is None:
            self._changes = Changes(self.world).start()
        self._changes.wait(UNTOLD)


def _look(check: Check, world: World) -> Sight:
    try:
        return check.look(world)
    except ApiError as error:
        return Sight(
            False,
            f"the cluster did not answer the question: {error.message}",
            "an answer of the cluster",
            next=error.hint or "Run `gitops-lab status`.",
        )
