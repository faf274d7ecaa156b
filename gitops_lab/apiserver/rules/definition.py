"""Whether the rules of a definition are right: what the library can't evaluate is refused here,
so that no rule is there and not kept.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitops_lab.apiserver.rules.program import CelError, Expression, compiled, located
from gitops_lab.apiserver.rules.values import escaped
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    not_supported,
    required,
)

KEYWORD = "x-kubernetes-validations"
REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"]
COST_LIMIT = 10_000_000
TOTAL_LIMIT = 100_000_000
_STEP_COST = 3
_UNBOUNDED = 1_500_000  # as many items as a request has room for
Raw = Mapping[str, Any]
Problems = list[FieldError]


@dataclass(frozen=True)
class _Place:
    """Where a node is: its path, how many of it there may be, why oldSelf can't be known there."""

    path: str
    count: int = 1
    uncorrelated: str = ""
    whole: bool = False
    costs: list[tuple[str, int]] = field(default_factory=list)  # of dear rules, of all nodes


def check_rules(schema: Raw, path: str) -> Problems:
    """Every problem with the rules of a root schema, which is structural."""
    place = _Place(path, whole=True)
    return _node(schema, place) + _total(place)


def _total(place: _Place) -> Problems:
    cost = sum(cost for _, cost in place.costs)
    if cost <= TOTAL_LIMIT:
        return []
    why = (
        "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
    )
    what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
    return [
        *(forbidden(path, why) for path, _ in place.costs),
        forbidden(place.path, _exceeds(what, cost, TOTAL_LIMIT)),
    ]


def _node(schema: Raw, place: _Place) -> Problems:
    problems: Problems = []
    for index, rule in enumerate(schema.get(KEYWORD) or []):
        here = f"{place.path}.{KEYWORD}[{index}]"
        problems += _form(rule, schema, here) or _rule(rule, schema, place, here)
    for name, child in (schema.get("properties") or {}).items():
        problems += _node(
            child, replace(place, path=f"{place.path}.properties[{name}]", whole=False)
        )
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        many = place.count * int(schema.get("maxProperties", _UNBOUNDED))
        below = f"{place.path}.additionalProperties"
        problems += _node(values, replace(place, path=below, count=many, whole=False))
    items = schema.get("items")
    if isinstance(items, Mapping):
        problems += _node(items, _of_items(schema, place))
    return problems


def _of_items(schema: Raw, place: _Place) -> _Place:
    many = place.count * int(schema.get("maxItems", _UNBOUNDED))
    why = place.uncorrelated
    if not why and schema.get("x-kubernetes-list-type") != "map":
        why = place.path
    return _Place(f"{place.path}.items", many, why, costs=place.costs)


def _form(rule: Raw, schema: Raw, path: str) -> Problems:
    """What is wrong before the expressions are looked at."""
    problems: Problems = []
    text, message = rule.get("rule", "").strip(), rule.get("message", "")
    if not text:
        problems.append(required(f"{path}.rule", "rule is not specified"))
    elif message and not message.strip():
        problems.append(invalid(f"{path}.message", message, "must be non-empty if specified"))
    elif "\n" in message.strip():
        problems.append(invalid(f"{path}.message", message, "must not contain line breaks"))
    elif "\n" in text and not message.strip():
        why = "message must be specified if rule contains line breaks"
        problems.append(required(f"{path}.message", why))
    if rule.get("messageExpression") and not rule["messageExpression"].strip():
        why = "messageExpression must be non-empty if specified"
        problems.append(required(f"{path}.messageExpression", why))
    if rule.get("reason") is not None and rule["reason"] not in REASONS:
        problems.append(not_supported(f"{path}.reason", rule["reason"], REASONS))
    return problems + _field_path(rule.get("fieldPath", ""), schema, f"{path}.fieldPath")


def _field_path(text: str, schema: Raw, path: str) -> Problems:
    if not text:
        return []
    problems: Problems = []
    if not text.strip():
        problems.append(invalid(path, text, "must be non-empty if specified"))
    if "\n" in text:
        problems.append(invalid(path, text, "must not contain line breaks"))
    if not _leads_somewhere(text, schema):
        problems.append(invalid(path, text, "must be a valid path"))
    return problems


def _leads_somewhere(text: str, schema: Raw) -> bool:
    steps = text.replace("['", ".").replace("']", "").split(".")
    if steps[0] or len(steps) < 2:
        return False
    node: Any = schema
    for step in steps[1:]:
        declared, values = node.get("properties"), node.get("additionalProperties")
        node = declared.get(step) if declared else values
        if not isinstance(node, Mapping):
            return False
    return True


def _rule(rule: Raw, schema: Raw, place: _Place, path: str) -> Problems:
    problems: Problems = []
    shown = _shown(rule)
    try:
        expression = compiled(rule["rule"].strip())
        _check_fields(expression, schema, place)
    except CelError as error:
        return [invalid(f"{path}.rule", shown, f"compilation failed: {error}")]
    cost = _cost(expression, schema, place)
    if cost > COST_LIMIT:
        why = _exceeds("estimated rule cost", cost, COST_LIMIT)
        problems.append(forbidden(f"{path}.rule", why))
        place.costs.append((f"{path}.rule", cost))
    if rule.get("messageExpression"):
        try:
            compiled(rule["messageExpression"].strip())
        except CelError as error:
            text = f"messageExpression compilation failed: {error}"
            problems.append(invalid(f"{path}.messageExpression", shown, text))
    if expression.uses_old_self and place.uncorrelated:
        text = "oldSelf cannot be used on the uncorrelatable portion of the schema within "
        problems.append(invalid(f"{path}.rule", rule["rule"], text + place.uncorrelated))
    elif not expression.uses_old_self and rule.get("optionalOldSelf") is not None:
        text = "may not be set if oldSelf is not used in rule"
        problems.append(invalid(f"{path}.optionalOldSelf", rule["optionalOldSelf"], text))
    return problems


def _shown(rule: Raw) -> dict[str, Any]:
    """A rule as messages print it: Kubernetes' own struct."""
    return {
        "Rule": rule.get("rule", ""),
        "Message": rule.get("message", ""),
        "MessageExpression": rule.get("messageExpression", ""),
        "Reason": rule.get("reason"),
        "FieldPath": rule.get("fieldPath", ""),
        "OptionalOldSelf": rule.get("optionalOldSelf"),
    }


def _check_fields(expression: Expression, schema: Raw, place: _Place) -> None:
    """Raises CelError for a path below self that the schema does not have."""
    for start, steps in expression.reads():
        node: Any = schema
        whole = place.whole or bool(schema.get("x-kubernetes-embedded-resource"))
        for index, step in enumerate(steps):
            if whole and index == 0 and step in ("apiVersion", "kind", "metadata"):
                break
            if not isinstance(node, Mapping) or node.get("additionalProperties"):
                break
            if node.get("type") not in ("object", None):
                why = f"type '{node.get('type')}' does not support field selection"
                raise located(expression.text, start, why)
            if node.get("type") is None:
                break
            named = {escaped(name): each for name, each in (node.get("properties") or {}).items()}
            if step not in named:
                raise located(expression.text, start, f"undefined field '{step}'")
            node = named[step]
            start += len(step) + 1


def _cost(expression: Expression, schema: Raw, place: _Place) -> int:
    """What a rule costs in the worst case, if it nests loops; others are taken to be cheap."""
    if expression.depth < 2:
        return 0  # one loop is what a request has room for
    cost = _STEP_COST * place.count
    for depth in range(expression.depth):
        most = max(_most(loop.receiver, schema) for loop in expression.loops if loop.depth == depth)
        cost *= most
    return cost


def _exceeds(what: str, cost: int, limit: int) -> str:
    times = cost / limit
    factor = "more than 100x" if times > 100 else f"{times:.1f}x" if times >= 1.5 else f"{times:f}x"
    return (
        f"{what} exceeds budget by factor of {factor} (try simplifying the rule, or "
        "adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
        "declared)"
    )


def _most(receiver: str, schema: Raw) -> int:
    """How many items a loop over `receiver` may have."""
    root, *steps = receiver.split(".")
    node: Any = schema
    if root not in ("self", "oldSelf"):
        return math.isqrt(_UNBOUNDED)  # of a variable nothing is known
    for step in steps:
        named = {escaped(name): each for name, each in (node.get("properties") or {}).items()}
        node = named.get(step) or {}
    return int(node.get("maxItems", node.get("maxProperties", _UNBOUNDED)))
