import pytest

from gitops_lab.apiserver.validation.cron import schedule_problem


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/5 0-6 1,15 jan-mar MON-FRI",
        "0 3 * * 0",
        "5/15 ? * * ?",
        "@daily",
        "@every 5m",
        "TZ=Etc/UTC 0 3 * * *",
    ],
)
def test_schedules_that_cron_reads(text: str) -> None:
    assert schedule_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("never", "expected exactly 5 fields, found 1: [never]"),
        ("60 * * * *", "60 is not a minute"),
        ("* * 0 * *", "0 is not a day of month"),
        ("* * * * mon-sun", "mon-sun is not a day of week"),
        ("*/0 * * * *", "*/0 is not a minute"),
        ("*-5 * * * *", "*-5 is not a minute"),
        ("@now", "unrecognized descriptor: @now"),
    ],
)
def test_what_cron_does_not_read(text: str, problem: str) -> None:
    assert schedule_problem(text) == problem
