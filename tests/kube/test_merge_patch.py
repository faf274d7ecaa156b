"""Merge patches: what is applied, and what is found between two documents."""

from typing import Any

import pytest

from gitops_lab.kube.merge_patch import merge_patch, merged

PAIRS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"a": 1}, {}),
    ({}, {"a": {"b": {}}}),
    ({"a": {"b": {"c": 1, "d": 2}}, "l": [1]}, {"a": {"b": {"c": 1}}, "l": [1, 2]}),
    ({"a": {"b": 1}}, {"a": "text"}),
    ({"a": "text"}, {"a": {"b": 1}}),
    ({"a": {"b": 1}}, {"a": {}}),
    ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}),
    ({"a": 0, "b": False, "c": ""}, {"a": False, "b": "", "c": {}}),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_what_is_found_between_two_leads_from_one_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merged(before, merge_patch(before, after)) == after
    assert merge_patch(after, after) == {}


def test_a_patch_names_no_more_than_what_differs() -> None:
    before = {"a": {"b": {"c": 1, "d": 2}}, "list": [1], "same": {"x": 1}}
    after = {"a": {"b": {"c": 1}}, "list": [1, 2], "same": {"x": 1}}
    assert merge_patch(before, after) == {"a": {"b": {"d": None}}, "list": [1, 2]}


def test_the_document_stays_as_it_was_and_null_leaves_nothing_behind() -> None:
    document = {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1}
    patch = {"a": {"y": None, "z": {"n": None, "m": 1}}, "list": [3], "gone": None}
    assert merged(document, patch) == {"a": {"x": 1, "z": {"m": 1}}, "list": [3]}
    assert document == {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1}
