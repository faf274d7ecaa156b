import pytest

from gitops_lab.apiserver.patch import PatchError, json_patch, merge_patch


def test_json_patch_adds_replaces_and_removes_and_leaves_the_document_alone():
    doc = {"data": {"a": "1", "b": "2"}, "list": [1]}
    ops = [
        {"op": "replace", "path": "/data/a", "value": "x"},
        {"op": "remove", "path": "/data/b"},
        {"op": "add", "path": "/list/-", "value": 2},
        {"op": "add", "path": "/data/c~1d", "value": "slash"},
    ]
    assert json_patch(doc, ops) == {"data": {"a": "x", "c/d": "slash"}, "list": [1, 2]}
    assert doc == {"data": {"a": "1", "b": "2"}, "list": [1]}


@pytest.mark.parametrize(
    "op",
    [
        {"op": "test", "path": "/data/a", "value": "other"},
        {"op": "remove", "path": "/data/none"},
        {"op": "add", "path": "/none/x", "value": 1},
        {"op": "replace", "path": "/none/x", "value": 1},
        {"op": "replace", "path": "/list/7", "value": 1},
        {"op": "jump", "path": "/data/a"},
        {"op": "add", "value": 1},
    ],
    ids=["test", "remove", "no-parent", "replace", "replace-item", "unknown-op", "no-path"],
)
def test_an_operation_that_fails_is_unprocessable_in_the_servers_words(op):
    with pytest.raises(PatchError) as caught:
        json_patch({"data": {"a": "1"}, "list": [1]}, [op])
    assert caught.value.code == 422
    assert caught.value.reason == "Invalid"
    assert caught.value.message.startswith("the server rejected our request")


def test_a_field_that_is_not_there_can_be_replaced():
    assert json_patch({"a": {}}, [{"op": "replace", "path": "/a/b", "value": 1}]) == {"a": {"b": 1}}


def test_what_is_no_list_of_operations_is_a_bad_request():
    with pytest.raises(PatchError) as caught:
        json_patch({}, {"op": "add"})
    assert caught.value.code == 400


def test_ten_thousand_operations_are_the_most():
    ops = [{"op": "add", "path": "/a", "value": 1}] * 10_001
    with pytest.raises(PatchError) as caught:
        json_patch({}, ops)
    assert caught.value.code == 413


def test_merge_patch_merges_objects_replaces_lists_and_deletes_nulls():
    doc = {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1}
    patch = {"a": {"y": None, "z": {"n": None, "m": 1}}, "list": [3], "gone": None}
    assert merge_patch(doc, patch) == {"a": {"x": 1, "z": {"m": 1}}, "list": [3]}
    assert doc["gone"] == 1


def test_a_merge_patch_is_an_object():
    with pytest.raises(PatchError):
        merge_patch({}, [1])
