"""The time limit of a check: whatever a test waits for, the learner has an answer by then."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from gitops_lab.errors import GitOpsLabError

LIMIT = 15.0
"""Seconds that one check may take, its waiting included."""


class TookTooLong(GitOpsLabError):
    """A check was ended; the message says what it was waiting for."""

    default_reason = "TookTooLong"


@contextlib.contextmanager
def within(seconds: float, waiting: Callable[[], str]) -> Iterator[None]:
    """Raise `TookTooLong` in the block once time is up. `waiting` says what it waits for.

    By an alarm, which only the main thread can have; in another one the block takes its time.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLong(
            f"no answer within {seconds:.0f} s; it waits for {waiting() or 'an answer'}.",
            hint="Run `gitops-lab status`: does everything run? Then check again.",
        )

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
