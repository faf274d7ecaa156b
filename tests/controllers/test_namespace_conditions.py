from datetime import UTC, datetime

from gitops_lab.controllers.namespaces.conditions import Leftovers, of_leftovers
from gitops_lab.kube.objects import Object

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _told(left: Leftovers) -> dict[str, tuple[str, str, str]]:
    listed = of_leftovers(None, left, NOW)
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in listed}


def _held(finalizer: str) -> Object:
    return {"metadata": {"finalizers": [finalizer]}}


def test_an_empty_namespace_has_five_good_conditions() -> None:
    left = Leftovers()
    assert left.nothing
    assert {status for status, _, _ in _told(left).values()} == {"False"}
    assert _told(left)["NamespaceContentRemaining"][1] == "ContentRemoved"


def test_what_remains_is_named_with_its_finalizers() -> None:
    left = Leftovers()
    left.add("pods.", [_held("example.com/wait"), _held("example.com/wait")])
    left.add("configmaps.", [])
    assert not left.nothing
    told = _told(left)
    assert told["NamespaceContentRemaining"] == (
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: pods. has 2 resource instances",
    )
    assert told["NamespaceFinalizersRemaining"] == (
        "True",
        "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: "
        "example.com/wait in 2 resource instances",
    )


def test_an_unchanged_condition_keeps_its_time() -> None:
    before = of_leftovers(None, Leftovers(), NOW)
    later = datetime(2026, 1, 2, tzinfo=UTC)
    assert of_leftovers(before, Leftovers(), later) == before
