"""Cases on our dialects, many at a time, and what they come to beside what is expected.

Most of a case is waiting, by the engines' own clocks: so many are played at once, and those that
are known to take long begin first. On a machine that is busy with other work a moment may be
missed: a case that differs is played once more by itself, when all others have ended. What really
differs differs then, too.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from tests.dialects.runner.backend import Backend
from tests.dialects.runner.case import ENGINES, Case, Setup, by_setup, slowest_first
from tests.dialects.runner.compare import Comparison, Known, compare, goal
from tests.dialects.runner.ours import ours
from tests.dialects.runner.play import Recording
from tests.dialects.runner.record import play

TOGETHER = 24
LONGEST = 1200.0
"""Seconds after which a case is given up, those before it in the queue included."""

Expected = Callable[[Case], Sequence[Recording]]


class Playing:
    """Cases that are being played. `expected` says what each has to come to."""

    def __init__(self, folder: Path, expected: Expected, known: Sequence[Known]) -> None:
        self._folder, self._expected, self._known = folder, expected, known
        self._first: dict[str, Future[Comparison]] = {}

    def begin(
        self, cases: Sequence[Case], backends: dict[str, Backend], pool: ThreadPoolExecutor
    ) -> None:
        """Put all of them into the queue."""
        for case in slowest_first(cases):
            self._first[case.name] = pool.submit(self._judged, case, backends[case.name])

    def found(self, case: Case) -> Comparison:
        """What a case has come to, at the second try if need be."""
        first = self._first[case.name].result(LONGEST)
        return self._once_more(case, first) if first.unknown else first

    def _once_more(self, case: Case, first: Comparison) -> Comparison:
        wait(self._first.values(), LONGEST)
        with _backend(self._folder, [case], case.setup) as backend:
            again = self._judged(case, backend)
        return replace(again, before=first.unknown)

    def _judged(self, case: Case, backend: Backend) -> Comparison:
        expected = self._expected(case)
        outcome = play(case, backend, goal(case, expected, self._known))
        return compare(outcome, expected, self._known)


@contextmanager
def playing(
    cases: Sequence[Case], folder: Path, expected: Expected, known: Sequence[Known]
) -> Iterator[Playing]:
    """The cases, being played; those that are not asked for within the block are called off."""
    found = Playing(folder, expected, known)
    with ExitStack() as stack:
        backends: dict[str, Backend] = {}
        for setup, group in by_setup(cases):
            backend = stack.enter_context(_backend(folder, group, setup))
            backends |= {case.name: backend for case in group}
        pool = ThreadPoolExecutor(TOGETHER)
        stack.callback(pool.shutdown, cancel_futures=True)
        found.begin(cases, backends, pool)
        yield found


@contextmanager
def _backend(folder: Path, cases: Sequence[Case], setup: Setup) -> Iterator[Backend]:
    """A cluster with the engines of these cases, in a folder of its own."""
    engines = [engine for engine in ENGINES if any(case.engine == engine for case in cases)]
    with ours(Path(mkdtemp(prefix="ours-", dir=folder)), engines, setup) as backend:
        yield backend
