"""Whether an object keeps the rules of its definition.

Words, order and limits are those of apiextensions-apiserver: a transition rule (one that names
oldSelf) is for updates, a part that did not change may go on to break a rule, and rules cost. What
a rule costs is estimated from the size of what it loops over, before it runs.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.apiserver.rules.program import CelError, Expression, compiled
from gitops_lab.apiserver.rules.values import size_of, value_of
from gitops_lab.apiserver.types import Schema
from gitops_lab.apiserver.validation.errors import OMITTED, FieldError, duplicate, invalid
from gitops_lab.apiserver.validation.errors import forbidden as forbid
from gitops_lab.apiserver.validation.errors import required as require

KEYWORD = "x-kubernetes-validations"
CALL_LIMIT = 1_000_000
BUDGET = 10_000_000
STEP_COST = 3  # of a comparison of two variables
_EXHAUSTED = "validation failed due to running out of cost budget, no further validation rules "
_EXHAUSTED += "will be run"
_BLOCKING = (
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
)
_ABSENT = object()
Rule = dict[str, Any]


class _Ended(Exception):
    """No further rule is to be run."""


def check_by_rules(
    new: dict[str, Any], old: dict[str, Any] | None, schema: Schema, found: list[FieldError]
) -> tuple[list[FieldError], list[FieldError]]:
    """What rules refuse in a whole object, and what they let pass since it was there before.

    `found` is what is wrong with the object already.
    """
    if any(problem.type in _BLOCKING for problem in found):
        text = "some validation rules were not checked because the object was invalid; correct "
        text += "the existing errors to complete validation"
        return [invalid("<nil>", None, text)], []
    check = _Check()
    with suppress(_Ended):
        check.node(new, old if old is not None else _ABSENT, schema, "")
    return check.problems, check.passed


@dataclass
class _Check:
    problems: list[FieldError] = field(default_factory=list)
    passed: list[FieldError] = field(default_factory=list)
    budget: int = BUDGET

    def node(self, value: Any, old: Any, schema: Schema, path: str) -> None:
        """A value and what lies below it. Raises _Ended."""
        if value is None or not schema.may_rule:
            return
        rules = schema.keywords.get(KEYWORD)
        if rules:
            self._rules(list(rules), (value, old), schema, path)
        if isinstance(value, dict):
            before = old if isinstance(old, dict) else {}
            for key, each in value.items():
                below = schema.at(key)
                if below is not None:
                    place = _join(path, key, schema)
                    self.node(each, before.get(key, _ABSENT), below, place)
        elif isinstance(value, list) and schema.items is not None:
            earlier = _correlated(old, schema)
            for index, each in enumerate(value):
                before = earlier.get(_key(each, schema), _ABSENT)
                self.node(each, before, schema.items, f"{path}[{index}]")

    def _rules(self, rules: list[Rule], values: tuple[Any, Any], schema: Schema, path: str) -> None:
        value, old = values
        variables = {"self": value_of(value, schema, whole=not path)}
        if old is not _ABSENT and old is not None:
            variables["oldSelf"] = value_of(old, schema, whole=not path)
        for rule in rules:
            self._rule(rule, variables, schema, path, values)

    def _rule(
        self,
        rule: Rule,
        variables: dict[str, Any],
        schema: Schema,
        path: str,
        values: tuple[Any, Any],
    ) -> None:
        unchanged = values[0] == values[1]
        kind, here = schema.type, path or "<nil>"
        try:
            expression = compiled(rule["rule"])
        except CelError as error:
            self.problems.append(invalid(here, kind, f"rule compile error: {error}"))
            return
        optional = bool(rule.get("optionalOldSelf"))
        if expression.uses_old_self and "oldSelf" not in variables and not optional:
            return
        given = _with_optional(variables) if optional else variables
        self._spend(expression, given, rule, (here, kind))
        try:
            kept = expression.run(given)
        except CelError as error:
            self.problems.append(invalid(here, kind, _told(str(error), rule)))
            return
        if kept is True:
            return
        shown = OMITTED if schema.type in ("object", "array") else values[0]
        place = path + field_path(rule.get("fieldPath", ""), at_root=not path)
        broken = _broken(rule, place or "<nil>", shown, _message(rule, variables))
        passes = unchanged and not expression.uses_old_self
        (self.passed if passes else self.problems).append(broken)

    def _spend(
        self,
        expression: Expression,
        variables: dict[str, Any],
        rule: Rule,
        place: tuple[str, str],
    ) -> None:
        cost = _cost(expression, variables)
        if cost > CALL_LIMIT:
            text = "'operation cancelled: actual cost limit exceeded': no further validation "
            text += f"rules will be run due to call cost exceeds limit for rule: {_name(rule)}"
            self.problems.append(invalid(*place, text))
            raise _Ended
        self.budget -= cost
        if self.budget < 0:
            self.problems.append(invalid(*place, _EXHAUSTED))
            raise _Ended


def _cost(expression: Expression, variables: dict[str, Any]) -> int:
    if not expression.depth:
        return STEP_COST
    sizes = [size_of(variables[name]) for name in ("self", "oldSelf") if name in variables]
    total, longest = max(size for size, _ in sizes), max(length for _, length in sizes)
    return STEP_COST * int(total * max(longest, 1) ** (expression.depth - 1))


def _with_optional(variables: dict[str, Any]) -> dict[str, Any]:
    import cel

    old = variables.get("oldSelf", _ABSENT)
    wrapped = cel.OptionalValue.none() if old is _ABSENT else cel.OptionalValue.of(old)
    return {**variables, "oldSelf": wrapped}


def _broken(rule: Rule, place: str, shown: Any, detail: str) -> FieldError:
    match rule.get("reason"):
        case "FieldValueForbidden":
            return forbid(place, detail)
        case "FieldValueRequired":
            return require(place, detail)
        case "FieldValueDuplicate":
            return duplicate(place, shown)
        case _:
            return invalid(place, shown, detail)


def field_path(text: str, *, at_root: bool) -> str:
    """What a rule's fieldPath appends to the path of its node."""
    path = text.replace("['", "[").replace("']", "]")
    return path.removeprefix(".") if at_root else path


def _message(rule: Rule, variables: dict[str, Any]) -> str:
    if rule.get("messageExpression"):
        try:
            found = compiled(rule["messageExpression"]).run(variables)
        except CelError:
            found = ""
        # An empty message, or one of several lines, is none.
        if isinstance(found, str) and found.strip() and "\n" not in found:
            return found
    if rule.get("message"):
        return str(rule["message"]).strip()
    return f"failed rule: {rule['rule'].strip()}"


def _told(error: str, rule: Rule) -> str:
    if error.startswith("no such overload"):
        text = "'no such overload': call arguments did not match a supported operator, function "
        return f"{text}or macro signature for rule: {_name(rule)}"
    return f"{error} evaluating rule: {_name(rule)}"


def _name(rule: Rule) -> str:
    return str(rule.get("message") or rule["rule"]).strip()


def _join(path: str, key: str, schema: Schema) -> str:
    if schema.values is not None and key not in schema.fields:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _correlated(old: Any, schema: Schema) -> dict[Any, Any]:
    """Items of the list before by what identifies them: only those of a map list have that."""
    if schema.list_type != "map" or not isinstance(old, list):
        return {}
    return {_key(each, schema): each for each in old}


def _key(item: Any, schema: Schema) -> Any:
    if schema.list_type != "map" or not isinstance(item, dict):
        return None
    return tuple(str(item.get(name)) for name in schema.list_map_keys)
