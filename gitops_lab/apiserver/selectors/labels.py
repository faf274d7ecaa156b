"""Label selectors as they stand in a query string: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver import status

_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_COMPARISONS = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}


@dataclass(frozen=True)
class Requirement:
    """One clause; `operator` is in, notin, exists, absent, gt or lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it. A missing key meets notin, as in Kubernetes."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        (bound,) = self.values
        if not value.lstrip("-").isdigit():
            return False
        return int(value) > int(bound) if self.operator == "gt" else int(value) < int(bound)


@dataclass(frozen=True)
class LabelSelector:
    """All clauses together."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet every clause."""
        return all(each.matches(labels) for each in self.requirements)


def parse_labels(text: str) -> LabelSelector | None:
    """The selector; None for an empty text. Raises StatusError 400."""
    if not text.strip():
        return None
    try:
        return LabelSelector(tuple(_Parser(text).clauses()))
    except ValueError as error:
        raise status.bad_request(str(error)) from None


def _unparsed(why: str) -> ValueError:
    return ValueError(f"unable to parse requirement: {why}")


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def clauses(self) -> list[Requirement]:
        found = [self._clause()]
        while self._peek() == ",":
            self._next()
            found.append(self._clause())
        if self._peek():
            raise ValueError(f"found '{self._peek()}', expected: ',' or 'end of string'")
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _clause(self) -> Requirement:
        if self._peek() == "!":
            self._next()
            return Requirement(self._key(), "absent")
        key = self._key()
        operator = self._peek()
        if operator in ("", ","):
            return Requirement(key, "exists")
        self._next()
        if operator in ("in", "notin"):
            return Requirement(key, operator, self._values())
        if operator not in _COMPARISONS:
            raise _unparsed(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")
        value = self._value()
        meaning = _COMPARISONS[operator]
        if meaning in ("gt", "lt") and not value.lstrip("-").isdigit():
            raise ValueError("for 'Gt', 'Lt' operators, the value must be an integer")
        return Requirement(key, meaning, frozenset([value]))

    def _key(self) -> str:
        key = self._next()
        if key in ("", "=", "==", "!=", "(", ")", ",", "<", ">"):
            raise ValueError(f"found '{key}', expected: !, identifier, or 'end of string'")
        if not _KEY.fullmatch(key):
            raise _unparsed(f"invalid label key {key!r}")
        return key

    def _values(self) -> frozenset[str]:
        if self._peek() != "(":
            raise _unparsed(f"found '{self._peek()}' expected: '('")
        self._next()
        values = [self._value()]
        while self._peek() == ",":
            self._next()
            values.append(self._value())
        if self._next() != ")":
            raise _unparsed("found '', expected: ',', ')' or identifier")
        return frozenset(values)

    def _value(self) -> str:
        if self._peek() in ("", ",", ")"):
            return ""
        value = self._next()
        if len(value) > 63 or not _VALUE.fullmatch(value):
            raise _unparsed(f"invalid label value: {value!r}")
        return value


def matches_selector(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether labels meet an object's LabelSelector (matchLabels, matchExpressions)."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(each).matches(labels) for each in selector.get("matchExpressions") or [])


def selector_text(selector: Mapping[str, Any]) -> str:
    """A LabelSelector as it stands in a query string."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or []:
        parts.append(_expression_text(each))
    return ",".join(sorted(parts))


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


def _expression(expression: Mapping[str, Any]) -> Requirement:
    operator = _OPERATORS.get(expression.get("operator", ""), "in")
    return Requirement(expression["key"], operator, frozenset(expression.get("values") or []))


def _expression_text(expression: Mapping[str, Any]) -> str:
    key, values = expression["key"], ",".join(sorted(expression.get("values") or []))
    match expression.get("operator"):
        case "Exists":
            return f"{key}"
        case "DoesNotExist":
            return f"!{key}"
        case "NotIn":
            return f"{key} notin ({values})"
    return f"{key} in ({values})"
