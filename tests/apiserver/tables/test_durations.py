import pytest

from gitops_lab.apiserver.tables.durations import UNKNOWN, between, human_duration, since

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (4 * MINUTE + 10, "4m10s"),
        (10 * MINUTE + 10, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR, "3h"),
        (7 * HOUR + 59 * MINUTE, "7h59m"),
        (8 * HOUR + 59 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY + 5 * HOUR, "2d5h"),
        (8 * DAY + 5 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (731 * DAY, "2y1d"),
        (9 * 365 * DAY, "9y"),
    ],
)
def test_lengths_of_time_have_two_or_three_figures(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def test_no_time_is_unknown_and_no_start_is_empty() -> None:
    assert since(None) == UNKNOWN
    assert since("not a time") == UNKNOWN
    assert between(None, None) == ""
    assert between("2026-01-01T00:00:00Z", "2026-01-01T00:01:05Z") == "65s"
