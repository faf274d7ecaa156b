from gitops_lab.engine.schedule import Schedule
from gitops_lab.engine.semantics import Backoff, Semantics
from gitops_lab.engine.status import Retry, Status


def test_the_delay_doubles_up_to_the_longest() -> None:
    backoff = Backoff(first=1, factor=2, longest=5)

    assert [backoff.delay(n) for n in (1, 2, 3, 4, 500)] == [1, 2, 4, 5, 5]


def test_a_limit_ends_the_tries() -> None:
    assert Backoff(limit=2).delay(3) is None


def test_a_failure_is_tried_again_and_a_success_only_compared_later() -> None:
    schedule = Schedule(Semantics(resync=100, resync_jitter=0))

    schedule.after_pass(Status(failed=True, retry=Retry(3, "2026-01-01T00:00:00Z")), 1000.0)
    assert (schedule.due, schedule.why) == (1004.0, "retry")
    schedule.after_pass(Status(), 1000.0)
    assert (schedule.due, schedule.why) == (1100.0, "resync")


def test_a_failure_that_only_a_change_can_mend_is_not_tried_again() -> None:
    schedule = Schedule(Semantics(resync=100, resync_jitter=0))

    schedule.after_pass(Status(failed=True, retry=Retry(1, "")), 1000.0)

    assert schedule.why == "resync"
