from tests.oracle.known import Known
from tests.oracle.normal import differences, normal


def test_what_no_two_servers_share_is_taken_out() -> None:
    answer = {
        "metadata": {
            "uid": "1d439e50-9f0c-4998-a94e-1143390f2b61",
            "resourceVersion": "254",
            "creationTimestamp": "2026-11-23T05:50:58Z",
            "name": "made-x4z9b",
        },
        "spec": {"clusterIP": "127.96.3.4", "nodePort": 31234},
    }
    assert normal(answer) == {
        "metadata": {
            "uid": "<uid>",
            "resourceVersion": "<version>",
            "creationTimestamp": "<time>",
            "name": "made-<generated>",
        },
        "spec": {"clusterIP": "<ip>", "nodePort": "<node port>"},
    }


def test_managers_of_one_second_come_in_any_order() -> None:
    one = [{"manager": "b", "operation": "Update"}, {"manager": "a", "operation": "Apply"}]
    assert normal({"managedFields": one}) == normal({"managedFields": one[::-1]})


def test_each_difference_has_a_line_with_its_place() -> None:
    lines = list(differences({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}], "d": 5}))
    assert lines == [
        "a[1].b: genuine 2 | embedded 4",
        "c: genuine 3 | embedded absent",
        "d: genuine absent | embedded 5",
    ]


def test_true_is_not_one() -> None:
    assert list(differences({"a": 1}, {"a": True}))


def test_a_known_difference_covers_its_place_alone() -> None:
    known = Known("config*", "*", "body.items[*].data", "because")
    assert known.covers("configmap", "list", "body.items[3].data: genuine 1 | embedded 2")
    assert not known.covers("configmap", "list", "body.items[3].name: genuine 1 | embedded 2")
    assert not known.covers("secret", "list", "body.items[3].data: genuine 1 | embedded 2")
