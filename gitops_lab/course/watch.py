"""`check --watch`: judge again when something has changed that a check may look at, and only then.

The checks themselves run only after a change.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gitops_lab.checks.changes import Changes
from gitops_lab.course.session import CheckResult, Session

Stop = Callable[[], bool]
_ASKED = 0.25
"""Seconds after which `stop` is asked again."""


def watch(session: Session, name: str = "", *, stop: Stop = lambda: False) -> Iterator[CheckResult]:
    """A result at once, and another one whenever the verdicts change; ends when all is green.

    `stop` is asked a few times a second whether to end before that.
    """
    step = session.step(name)
    changes = Changes(session.world()).start()
    try:
        before: tuple[Any, ...] | None = None
        while True:
            result = session.check(step.id, patience=0.0)
            told = tuple((v.name, v.passed, v.seen) for v in result.verdicts)
            if told != before:
                before = told
                yield result
            if result.green or not _wait(changes, stop):
                return
    finally:
        changes.stop()


def _wait(changes: Changes, stop: Stop) -> bool:
    """Wait for a change; False when told to stop."""
    while not stop():
        if changes.wait(_ASKED):
            return True
    return False
