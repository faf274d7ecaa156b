from gitops_lab.controllers.framework.events import Correlator, Happening, reference_to

from .objects import deployment


def _happening(message: str = "Created pod: a", reason: str = "SuccessfulCreate") -> Happening:
    who = reference_to(deployment())
    return Happening("replicaset-controller", who, "Normal", reason, message)


def test_a_first_event_is_written_in_full() -> None:
    obj, known = Correlator().plan(_happening(), 0.0) or ({}, True)
    assert not known
    assert (obj["reason"], obj["message"], obj["count"]) == (
        "SuccessfulCreate",
        "Created pod: a",
        1,
    )
    assert obj["involvedObject"]["name"] == "web"
    assert obj["metadata"]["namespace"] == "demo"
    assert obj["metadata"]["name"].startswith("web.")
    assert obj["source"] == {"component": "replicaset-controller"}


def test_the_same_event_counts_up() -> None:
    correlator = Correlator()
    first, _ = correlator.plan(_happening(), 0.0) or ({}, False)
    second, known = correlator.plan(_happening(), 1.0) or ({}, False)
    assert known
    assert second["count"] == 2
    assert second["metadata"] == first["metadata"]


def test_many_similar_events_are_combined() -> None:
    correlator = Correlator()
    plans = [correlator.plan(_happening(f"Created pod: {n}"), 0.0) for n in range(12)]
    messages = [plan[0]["message"] for plan in plans if plan]
    assert messages[8] == "Created pod: 8"
    assert messages[9] == "(combined from similar events): Created pod: 9"
    assert plans[11] is not None
    assert plans[11][0]["count"] == 3


def test_a_flood_about_one_object_is_cut() -> None:
    correlator = Correlator()
    plans = [correlator.plan(_happening(reason=f"R{n}"), 0.0) for n in range(30)]
    assert sum(plan is not None for plan in plans) == 25
    assert correlator.plan(_happening(reason="later"), 301.0) is not None
