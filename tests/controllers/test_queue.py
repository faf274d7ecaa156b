import threading

from gitops_lab.controllers.framework.queue import WorkQueue


def test_a_key_added_twice_comes_once() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    queue.add("a")
    queue.add("b")
    assert (queue.get(), queue.get()) == ("a", "b")
    queue.add_after("c", 0.01)
    assert queue.get() == "c"


def test_a_key_added_while_in_hand_comes_again_and_not_before() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    assert queue.get() == "a"
    queue.add("a")
    queue.add("b")
    assert queue.get() == "b"
    queue.done("a")
    assert queue.get() == "a"


def test_a_delayed_key_comes_when_it_is_due() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("late", 0.05)
    queue.add_after("soon", 0.01)
    assert (queue.get(), queue.get()) == ("soon", "late")


def test_the_shorter_of_two_delays_counts() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add_after("a", 60)
    queue.add_after("a", 0.01)
    assert queue.get() == "a"


def test_a_failing_key_comes_back() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for _ in range(3):
        queue.add_rate_limited("a")
        assert queue.get() == "a"
        queue.done("a")
    queue.forget("a")


def test_shutting_down_wakes_who_waits() -> None:
    queue: WorkQueue[str] = WorkQueue()
    got: list[str | None] = []
    waiting = threading.Thread(target=lambda: got.append(queue.get()))
    waiting.start()
    queue.shut_down()
    waiting.join(timeout=5)
    assert got == [None]
