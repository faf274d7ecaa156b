from decimal import Decimal

import pytest

from gitops_lab.engine.compare import ABSENT, differences, is_applied
from gitops_lab.engine.quantity import parse_quantity
from tests.engine.objects import MANAGER, config_map, managed

FIELDS = {"f:data": {"f:a": {}}}


def test_what_git_never_mentioned_is_no_difference() -> None:
    live = {**config_map("x", {"a": "1", "other": "2"}), "extra": True}

    assert differences(config_map("x", {"a": "1"}), live) == []


def test_a_difference_names_its_field_with_both_values() -> None:
    wanted = {"spec": {"containers": [{"name": "web", "image": "a:1"}]}}
    live = {
        "spec": {"containers": [{"name": "side", "image": "s"}, {"name": "web", "image": "a:2"}]}
    }

    (found,) = differences(wanted, live)

    assert found.field == "spec.containers[name=web].image"
    assert (found.wanted, found.live) == ("a:1", "a:2")


def test_an_absent_field_is_told_apart_from_an_empty_one() -> None:
    (found,) = differences({"data": {"a": "1"}}, {"data": {}})

    assert found.live is ABSENT


def test_a_label_with_dots_is_quoted_in_the_field() -> None:
    (found,) = differences({"metadata": {"labels": {"app.io/x": "1"}}}, {"metadata": {}})

    assert found.field == "metadata.labels"
    (found,) = differences(
        {"metadata": {"labels": {"app.io/x": "1"}}}, {"metadata": {"labels": {"b": "c"}}}
    )
    assert found.field == 'metadata.labels["app.io/x"]'


def test_equal_quantities_are_no_difference_but_equal_looking_labels_are() -> None:
    def limits(cpu: object) -> dict[str, object]:
        return {"resources": {"limits": {"cpu": cpu}}}

    assert differences(limits("1000m"), limits("1")) == []
    assert differences(limits(1), limits("1")) == []
    assert differences({"labels": {"cpu": "1000m"}}, {"labels": {"cpu": "1"}}) != []
    assert differences({"port": 80}, {"port": "80"}) != []
    assert differences({"on": 1}, {"on": True}) != []


@pytest.mark.parametrize(
    ("text", "number"),
    [("1000m", 1), ("1Gi", 1024**3), ("1024Mi", 1024**3), ("1e3", 1000), ("1k", 1000), (2, 2)],
)
def test_quantities(text: object, number: int) -> None:
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "1x", "one", True, None, "1e999999"])
def test_what_is_no_quantity(text: object) -> None:
    assert parse_quantity(text) is None


def test_applied_means_owning_just_the_wanted_fields_with_the_wanted_values() -> None:
    wanted = config_map("x", {"a": "1"})

    assert is_applied(wanted, managed(config_map("x", {"a": "1", "b": "2"}), FIELDS), MANAGER)
    assert not is_applied(wanted, managed(config_map("x", {"a": "2"}), FIELDS), MANAGER)
    assert not is_applied(wanted, config_map("x", {"a": "1"}), MANAGER)


def test_a_field_that_left_git_but_is_still_ours_is_not_applied() -> None:
    live = managed(config_map("x", {"a": "1", "b": "2"}), {"f:data": {"f:a": {}, "f:b": {}}})

    assert not is_applied(config_map("x", {"a": "1"}), live, MANAGER)


def test_keyed_lists_compare_by_key() -> None:
    def pod(*containers: dict[str, str]) -> dict[str, object]:
        obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
        return {**obj, "spec": {"containers": list(containers)}}

    item = {"f:name": {}, "f:image": {}}
    fields = {"f:spec": {"f:containers": {'k:{"name":"a"}': item, 'k:{"name":"b"}': item}}}
    a, b, c = ({"name": name, "image": "i"} for name in "abc")

    assert is_applied(pod(a, b), managed(pod(b, c, a), fields), MANAGER)
