"""When sync windows let a sync through."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_lab.dialects.argocd.projects.windows import Target, Window, gate

WEB = Target("web", "shop", "https://kubernetes.default.svc", "in-cluster")
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


def window(kind="allow", schedule="0 8 * * 1-5", duration="2h", **more):
    return Window(kind, schedule, duration, **({"applications": ("*",)} | more))


def is_open(*windows, at=NINE, manual=False, running=False):
    return gate(windows, WEB, at, manual=manual, running=running).open


def test_without_a_window_every_time_is_right():
    assert is_open()
    assert is_open(window("deny", applications=("other",)))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NINE, True),
        (NINE.replace(hour=7, minute=59), False),
        (NINE.replace(hour=8, minute=0, second=1), True),
        (NINE.replace(hour=10, minute=1), False),
        (NINE + timedelta(days=5), False),
    ],
)
def test_an_allow_window_is_open_from_its_start_for_its_duration(at, expected):
    assert is_open(window(), at=at) is expected


def test_an_active_deny_wins_over_an_active_allow():
    assert not is_open(window(), window("deny"))
    assert is_open(window(), window("deny", schedule="0 22 * * *", duration="1h"))


def test_one_of_several_allows_is_enough():
    assert is_open(window(schedule="0 22 * * *"), window())


def test_a_person_gets_through_when_all_in_the_way_say_so():
    closed = {"schedule": "0 22 * * *"}
    assert not is_open(window(**closed), manual=True)
    assert is_open(window(**closed, manual_sync=True), manual=True)
    assert not is_open(window(**closed, manual_sync=True), window(**closed), manual=True)
    assert is_open(window("deny", manual_sync=True), manual=True)
    assert not is_open(window("deny", manual_sync=True))
    assert not is_open(window("deny", manual_sync=True), window("deny"), manual=True)


def test_a_sync_that_runs_may_go_on_where_the_windows_allow_it():
    assert not is_open(window("deny"), running=True)
    assert is_open(window("deny", sync_overrun=True), running=True)
    assert is_open(window(schedule="0 22 * * *", sync_overrun=True), running=True)


def test_a_windows_clock_is_that_of_its_time_zone():
    berlin = window(schedule="0 10 * * *", duration="30m", time_zone="Europe/Berlin")
    assert is_open(berlin, at=NINE + timedelta(minutes=10))
    assert not is_open(berlin, at=NINE + timedelta(minutes=40))


@pytest.mark.parametrize(
    ("names", "concerned"),
    [
        ({"applications": ("w*",)}, True),
        ({"applications": (), "namespaces": ("shop",)}, True),
        ({"applications": (), "clusters": ("in-cluster",)}, True),
        ({"applications": (), "clusters": ("https://kube*",)}, True),
        ({"applications": ("other",), "namespaces": ("shop",)}, True),
        ({"applications": ("other",), "namespaces": ("shop",), "and_operator": True}, False),
        ({"applications": ("web",), "namespaces": ("shop",), "and_operator": True}, True),
        ({"applications": ()}, False),
    ],
)
def test_a_window_concerns_what_it_names(names, concerned):
    assert window("deny", **names).concerns(WEB) is concerned


def test_a_closed_window_says_so_and_when_to_look_again():
    answer = gate([window()], WEB, NINE.replace(hour=7), manual=False)
    assert answer.message == "Sync operation blocked by sync window"
    assert answer.changes == NINE.replace(hour=8)
    assert gate([window()], WEB, NINE, manual=False).changes == NINE.replace(hour=10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": "every day"}, "cannot parse schedule 'every day'"),
        ({"duration": "an hour"}, "cannot parse duration 'an hour'"),
        ({"time_zone": "Mars/Base"}, "unknown time zone Mars/Base"),
    ],
)
def test_a_window_that_cannot_be_read_blocks_and_says_why(wrong, said):
    answer = gate([window(**wrong)], WEB, NINE, manual=True)
    assert not answer.open
    assert said in answer.message
