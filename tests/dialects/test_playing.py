"""A case that differs is played once more, by itself; what differs then is a difference."""

from collections.abc import Sequence
from pathlib import Path

from tests.dialects.runner.case import Case, load, slow_names, slowest_first
from tests.dialects.runner.play import Recording
from tests.dialects.runner.playing import playing
from tests.dialects.runner.record import expected_of


class Missing:
    """What is expected, with a step that never comes at the first looks at a case."""

    def __init__(self, **looks: int) -> None:
        self.looks = looks

    def __call__(self, case: Case) -> Sequence[Recording]:
        key = case.name.replace("-", "_")
        self.looks[key] -= 1
        never = [{"name": "never"}] if self.looks[key] >= 0 else []
        return [*expected_of(case), *never]


def test_what_differs_is_played_once_more_and_that_counts(tmp_path: Path) -> None:
    once, twice = load("flux", "source-missing") + load("flux", "receiver-no-token")
    expected = Missing(source_missing=1, receiver_no_token=2)
    with playing([once, twice], tmp_path, expected, []) as played:
        for case in (once, twice):
            found = played.found(case)
            assert (found.unknown == []) == (case is once)
            assert "never: until: genuine reached" in found.before[0]


def test_those_that_take_long_begin_first() -> None:
    names, slow = [case.name for case in slowest_first(load())], slow_names()
    assert sorted(names) == sorted(case.name for case in load())
    assert slow
    assert names[: len(slow)] == slow
