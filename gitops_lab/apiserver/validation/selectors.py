"""Label selectors: whether they are valid, and what they match."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import FieldError, forbidden, invalid, required
from gitops_lab.apiserver.validation.metadata import check_labels

Fields = dict[str, Any]
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check_selector(selector: Fields, path: str) -> Iterator[FieldError]:
    """Keys, values and operators."""
    yield from check_labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, requirement in enumerate(selector.get("matchExpressions", ())):
        yield from _check_requirement(requirement, f"{path}.matchExpressions[{index}]")


def _check_requirement(requirement: Fields, path: str) -> Iterator[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values", ())
    if operator in ("In", "NotIn") and not values:
        yield required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist") and values:
        detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield forbidden(f"{path}.values", detail)
    elif operator not in OPERATORS:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    for why in names.qualified(requirement.get("key", "")):
        yield invalid(f"{path}.key", requirement.get("key", ""), why)
    for index, value in enumerate(values):
        for why in names.label_value(value):
            yield invalid(f"{path}.values[{index}]", value, why)


def is_empty(selector: Fields) -> bool:
    """Whether it has no requirement and so matches everything."""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def is_readable(selector: Fields) -> bool:
    """Whether every requirement can be evaluated: operators, and values where they need them."""
    for each in selector.get("matchExpressions") or ():
        operator, values = each.get("operator"), each.get("values")
        if operator not in OPERATORS or bool(values) != (operator in ("In", "NotIn")):
            return False
    return True


def matches(selector: Fields, labels: Fields) -> bool:
    """Whether labels meet every requirement."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(each, labels) for each in selector.get("matchExpressions") or ())


def _meets(requirement: Fields, labels: Fields) -> bool:
    key, values = requirement.get("key", ""), requirement.get("values") or ()
    operator = requirement.get("operator")
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) == (operator == "Exists")


def shown_selector(selector: Fields | None) -> Fields | None:
    """A selector with its parts in the order in which Go prints them."""
    if selector is None:
        return None
    ordered: Fields = {}
    if selector.get("matchLabels"):
        ordered["matchLabels"] = dict(sorted(selector["matchLabels"].items()))
    if selector.get("matchExpressions"):
        ordered["matchExpressions"] = [
            {key: each[key] for key in ("key", "operator", "values") if key in each}
            for each in selector["matchExpressions"]
        ]
    return ordered
