"""Conditions, as the API conventions have them."""

from typing import Any

from gitops_lab.dialects.conditions import (
    find_condition,
    is_true,
    with_condition,
    without_condition,
)

OLD: dict[str, Any] = {
    "type": "Ready",
    "status": "True",
    "reason": "Succeeded",
    "message": "fine",
    "lastTransitionTime": "2020-01-01T00:00:00Z",
    "observedGeneration": 1,
}


def test_the_transition_time_stays_while_the_status_does() -> None:
    [ready] = with_condition([OLD], "Ready", "True", "StillFine", "finer", 2)
    assert ready["lastTransitionTime"] == OLD["lastTransitionTime"]
    assert (ready["reason"], ready["message"], ready["observedGeneration"]) == (
        "StillFine",
        "finer",
        2,
    )


def test_the_transition_time_moves_with_the_status() -> None:
    [ready] = with_condition([OLD], "Ready", "False", "Failed", "bad", 1)
    assert ready["lastTransitionTime"] > OLD["lastTransitionTime"]


def test_others_stay_in_their_place_and_what_was_given_is_not_changed() -> None:
    others: list[dict[str, Any]] = [
        {"type": "Reconciling", "status": "True"},
        OLD,
        {"type": "Stalled", "status": "True"},
    ]
    fresh = with_condition(others, "Ready", "False", "Failed", "bad", 1)
    assert [c["type"] for c in fresh] == ["Reconciling", "Ready", "Stalled"]
    assert OLD["status"] == "True"
    assert [c["type"] for c in without_condition(fresh, "Stalled", "Ready")] == ["Reconciling"]


def test_without_a_generation_none_is_written() -> None:
    [ready] = with_condition(None, "Ready", "True", "Succeeded", "fine")
    assert "observedGeneration" not in ready


def test_a_missing_condition_is_not_true() -> None:
    assert find_condition(None, "Ready") is None
    assert not is_true({}, "Ready")
    assert is_true({"status": {"conditions": [OLD]}}, "Ready")
