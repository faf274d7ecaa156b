from datetime import datetime, timedelta

import pytest

from gitops_lab.controllers.cronjob.schedule import ScheduleError, parse
from gitops_lab.controllers.cronjob.times import due, job_name, make_job, seconds_to_next
from gitops_lab.controllers.framework.times import parse as moment
from gitops_lab.controllers.framework.times import stamp
from gitops_lab.kube.objects import Object


def at(text: str) -> datetime:
    found = moment(text)
    assert found is not None
    return found


def following(text: str, after: str, zone: str = "", count: int = 1) -> list[str]:
    schedule, time, found = parse(text, zone), at(after), []
    for _ in range(count):
        reached = schedule.after(time)
        assert reached is not None
        time = reached
        found.append(stamp(time))
    return found


@pytest.mark.parametrize(
    ("text", "after", "wanted"),
    [
        ("* * * * *", "2026-01-31T23:59:30Z", "2026-02-01T00:00:00Z"),
        ("*/15 * * * *", "2026-01-01T10:15:00Z", "2026-01-01T10:30:00Z"),
        ("5/20 * * * *", "2026-01-01T10:26:00Z", "2026-01-01T10:45:00Z"),
        ("0 9-17 * * mon-fri", "2026-01-02T17:00:00Z", "2026-01-05T09:00:00Z"),
        ("30 4 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T04:30:00Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("0 0 13 * ?", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("0 0 1 JAN *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("@hourly", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"),
        ("@weekly", "2026-01-01T10:00:00Z", "2026-01-04T00:00:00Z"),
        ("@every 1h30m", "2026-01-01T10:00:00Z", "2026-01-01T11:30:00Z"),
        ("@every 1ms", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
        ("TZ=Asia/Tokyo 0 9 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ],
)
def test_the_next_time_is_found(text: str, after: str, wanted: str) -> None:
    assert following(text, after) == [wanted]


def test_a_day_that_never_comes_has_no_next_time() -> None:
    assert parse("0 0 31 2 *").after(at("2026-01-01T00:00:00Z")) is None


def test_clocks_that_are_put_forward_skip_a_run() -> None:
    # Berlin, 29 March 2026: after 01:59 comes 03:00.
    times = following("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")
    assert times == ["2026-03-30T00:30:00Z"]


def test_clocks_that_are_put_back_run_twice() -> None:
    # Berlin, 25 October 2026: after 02:59 comes 02:00.
    times = following("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin", 3)
    assert times == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "60 * * * *", "* * 0 * *", "*/0 * * * *", "5-1 * * * *", "@never", "@every x"],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse(text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ScheduleError, match="unknown time zone Mars/Base"):
        parse("* * * * *", "Mars/Base")


def cron(last: str = "", **spec: object) -> Object:
    metadata = {
        "name": "report",
        "namespace": "demo",
        "uid": "c-1",
        "creationTimestamp": "2026-01-01T10:00:30Z",
    }
    status = {"lastScheduleTime": last} if last else {}
    asked = {"schedule": "0 * * * *", "jobTemplate": {"spec": {}}, **spec}
    return {"metadata": metadata, "spec": asked, "status": status}


HOURLY = parse("0 * * * *")


@pytest.mark.parametrize(
    ("one", "now", "time", "missed"),
    [
        (cron(), "2026-01-01T10:59:59Z", None, 0),
        (cron(), "2026-01-01T11:00:00Z", "2026-01-01T11:00:00Z", 0),
        (cron("2026-01-01T11:00:00Z"), "2026-01-01T11:30:00Z", None, 0),
        (cron(), "2026-01-01T15:10:00Z", "2026-01-01T15:00:00Z", 5),
        (cron(startingDeadlineSeconds=300), "2026-01-01T15:10:00Z", None, 0),
    ],
)
def test_the_latest_start_time_that_has_come_is_due(
    one: Object, now: str, time: str | None, missed: int
) -> None:
    found = due(one, HOURLY, at(now), within_deadline=True)
    assert (found.time and stamp(found.time), found.missed) == (time, missed)
    assert not found.too_many


def test_more_than_a_hundred_missed_times_are_worth_a_warning() -> None:
    found = due(cron(), HOURLY, at("2026-02-01T00:00:30Z"), within_deadline=True)
    assert found.too_many
    assert found.time == at("2026-02-01T00:00:00Z")


def test_the_controller_comes_back_a_moment_after_the_next_time() -> None:
    assert seconds_to_next(cron(), HOURLY, at("2026-01-01T10:30:00Z")) == pytest.approx(1800.1)
    late = at("2026-01-01T15:30:00Z")
    assert seconds_to_next(cron(), HOURLY, late) == pytest.approx(1800.1)


def test_a_job_is_named_and_marked_after_its_time() -> None:
    time = at("2026-01-01T11:00:00Z")
    job = make_job(cron(timeZone="Europe/Berlin"), time)
    assert job["metadata"]["name"] == job_name(cron(), time) == "report-29454420"
    note = job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert note == "2026-01-01T12:00:00+01:00"
    assert job_name(cron(), time + timedelta(minutes=1)) == "report-29454421"
