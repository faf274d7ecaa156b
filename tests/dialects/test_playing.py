"""A case that differs is played once more, by itself; what differs then is a difference."""

from collections.abc import Sequence
from pathlib import Path

from tests.dialects.runner.case import Case, load, slow_names, slowest_first
from tests.dialects.runner.play import Recording
from tests.dialects.runner.playing import playing
from tests.dialects.runner.record import expected_of


class Missing:
    """What is expected, with a step that never comes at the first `times` looks."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, case: Case) -> Sequence[Recording]:
        self.times -= 1
        never = [{"name": "never"}] if self.times >= 0 else []
        return [*expected_of(case), *never]


def test_what_differs_is_played_once_more_and_that_counts(tmp_path: Path) -> None:
    [case] = load("flux", "source-missing")
    for times, equal in ((1, True), (2, False)):
        with playing([case], tmp_path, Missing(times), []) as played:
            found = played.found(case)
        assert (found.unknown == []) == equal
        assert "never: until: genuine reached" in found.before[0]


def test_those_that_take_long_begin_first() -> None:
    names, slow = [case.name for case in slowest_first(load())], slow_names()
    assert sorted(names) == sorted(case.name for case in load())
    assert slow
    assert names[: len(slow)] == slow
