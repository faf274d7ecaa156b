from typing import Any

from gitops_lab.apiserver.crds.names import accept_names, condition_is
from tests.apiserver.crds.definitions import Object, widgets

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def named(definition: Object, *others: Object, now: str = NOW) -> Object:
    return {**definition, "status": accept_names(definition, others, now)}


def conditions(definition: Object) -> dict[str, tuple[Any, ...]]:
    return {
        each["type"]: (each["status"], each["reason"], each["lastTransitionTime"])
        for each in definition["status"]["conditions"]
    }


def test_free_names_are_accepted_and_establish_the_definition() -> None:
    found = named(widgets())
    assert found["status"]["acceptedNames"] == widgets()["spec"]["names"]
    assert conditions(found) == {
        "NamesAccepted": ("True", "NoConflicts", NOW),
        "Established": ("True", "InitialNamesAccepted", NOW),
    }


def test_taken_names_are_refused_and_said() -> None:
    first = named(widgets())
    second = widgets()
    second["metadata"]["name"] = "others.shop.example.com"
    second["spec"]["names"]["plural"] = "others"
    found = named(second, first)
    assert not condition_is(found["status"], "Established")
    assert conditions(found)["NamesAccepted"][:2] == ("False", "ListKindConflict")
    assert found["status"]["acceptedNames"] == {"plural": "others", "kind": ""}


def test_names_that_become_free_are_taken_later() -> None:
    first = named(widgets())
    second = widgets()
    second["spec"]["names"]["plural"] = "others"
    waiting = named(second, first)
    found = named(waiting, now=LATER)
    assert conditions(found)["Established"] == ("True", "InitialNamesAccepted", LATER)


def test_once_established_always_established() -> None:
    found = named(widgets())
    clash = {"status": {"acceptedNames": {"plural": "new"}}}
    found["spec"]["names"]["shortNames"] = ["new"]
    again = named(found, clash, now=LATER)
    assert conditions(again)["Established"][0] == "True"
    assert conditions(again)["NamesAccepted"] == ("False", "ShortNamesConflict", LATER)
    assert again["status"]["acceptedNames"]["shortNames"] == ["wd"]


def test_nothing_changes_when_nothing_is_new() -> None:
    found = named(widgets())
    assert named(found, now=LATER) == found
