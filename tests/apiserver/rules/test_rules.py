"""CEL rules without a server: what a definition may say, what an object must keep."""

from typing import Any

import pytest

from gitops_lab.apiserver.rules.definition import check_rules
from gitops_lab.apiserver.rules.evaluation import check_by_rules
from gitops_lab.apiserver.rules.program import CelError, compiled
from gitops_lab.apiserver.rules.values import escaped, value_of
from gitops_lab.apiserver.types import Schema
from gitops_lab.apiserver.validation.errors import message

NUMBERS = {"type": "array", "items": {"type": "integer"}}


def with_rule(rule: str, **node: Any) -> dict[str, Any]:
    node = node or {"type": "object", "properties": {"a": {"type": "integer"}, "list": NUMBERS}}
    node = {**node, "x-kubernetes-validations": [{"rule": rule}]}
    return {"type": "object", "properties": {"spec": node}}


def defined(rule: str, **node: Any) -> list[str]:
    return [message(each) for each in check_rules(with_rule(rule, **node), "schema")]


def judged(rule: str, new: Any, old: Any = None, **node: Any) -> list[str]:
    schema = Schema.from_openapi(with_rule(rule, **node))
    before = None if old is None else {"spec": old}
    refused, _ = check_by_rules({"spec": new}, before, schema, [])
    return [f"{each.field}: {message(each)}" for each in refused]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("self.?a.orValue(1) == 1", "unsupported syntax '.?'"),
        ("self.list.all(i, v, v > 0)", "undeclared reference to 'all'"),
        ("self.list.sortBy(x, x)", "undeclared reference to 'sortBy'"),
        ("self.nope == 1", "ERROR: <input>:1:5: undefined field 'nope'"),
        ("self.a.b == 1", "type 'integer' does not support field selection"),
        ("other == 1", "undeclared reference to 'other'"),
        ("self.a == ", "Syntax error"),
    ],
)
def test_what_the_library_can_t_do_is_refused_when_it_is_written(rule: str, why: str) -> None:
    [told] = defined(rule)
    assert "compilation failed: " in told
    assert why in told


@pytest.mark.parametrize(
    "rule",
    [
        "self.a > 1 && has(self.list)",
        "self.list.exists_one(x, x == self.a)",
        "self.list.map(x, x * 2).isSorted()",
        "'self.nope' != \"x.all(y, y)\"",
        "quantity('1Gi').compareTo(quantity('1024Mi')) == 0",
        "self == oldSelf",
    ],
)
def test_what_it_can_do_is_taken(rule: str) -> None:
    assert defined(rule) == []


def test_loops_in_loops_need_bounds() -> None:
    rule = "self.all(x, self.exists(y, x == y))"
    [told, *_] = defined(rule, **NUMBERS)
    assert "estimated rule cost exceeds budget by factor of more than 100x" in told
    assert defined(rule, **NUMBERS, maxItems=100) == []


def test_a_loop_beside_another_is_not_in_it() -> None:
    expression = compiled("self.all(x, x > 0) && self.all(y, self.exists(z, z == y))")
    assert [(loop.variable, loop.depth) for loop in expression.loops] == [
        ("x", 0),
        ("y", 0),
        ("z", 1),
    ]


def test_too_much_work_is_refused_before_it_is_done() -> None:
    rule = "self.all(x, self.all(y, x >= y || x < y))"
    assert judged(rule, [1, 2, 3], **NUMBERS) == []
    [told] = judged(rule, list(range(2000)), **NUMBERS)
    assert "call cost exceeds limit for rule" in told


def test_a_rule_that_fails_says_why() -> None:
    [told] = judged("self.list.min() > 0", {"list": []})
    assert told.startswith('spec: Invalid value: "object": ')
    assert "min called on empty list" in told
    assert told.endswith(" evaluating rule: self.list.min() > 0")


def test_transition_rules_are_for_updates() -> None:
    assert judged("self.a >= oldSelf.a", {"a": 1}) == []
    assert judged("self.a >= oldSelf.a", {"a": 2}, {"a": 1}) == []
    assert judged("self.a >= oldSelf.a", {"a": 1}, {"a": 2}) == [
        "spec: Invalid value: failed rule: self.a >= oldSelf.a"
    ]


def test_what_was_wrong_before_may_stay_but_is_told() -> None:
    schema = Schema.from_openapi(with_rule("self.a > 5"))
    wrong = {"spec": {"a": 1}}
    refused, passed = check_by_rules(wrong, wrong, schema, [])
    assert not refused
    assert [each.field for each in passed] == ["spec"]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("'%s has %d'.format(['a', 3]) == 'a has 3'", True),
        ("'a,b'.split(',').join('-') == 'a-b'", True),
        ("'abc'.indexOf('c') == 2 && [1, 2].indexOf(2) == 1", True),
        ("'a1b22'.findAll('[0-9]+') == ['1', '22']", True),
        ("[1, 3, 2].isSorted()", False),
        ("isQuantity('1Gx')", False),
        ("quantity('1500m').add(quantity('500m')) == quantity('2')", True),
        ("quantity('5').asInteger() == 5", True),
        ("url('https://u@h.example:8443/p?q=1').getHost() == 'h.example:8443'", True),
        ("url('https://h.example/p?q=1').getQuery() == {'q': ['1']}", True),
        ("isIP('10.0.0.256')", False),
        ("ip('127.0.0.1').isLoopback() && ip('::1').family() == 6", True),
        ("cidr('10.1.0.0/16').containsIP(ip('10.1.2.3'))", True),
        ("cidr('10.1.0.0/16').containsCIDR('10.1.2.0/24')", True),
        ("cidr('10.1.2.3/16').masked() == cidr('10.1.0.0/16')", True),
        ("[duration('1h'), duration('30m')].sum() == duration('90m')", True),
    ],
)
def test_kubernetes_own_functions(rule: str, holds: bool) -> None:
    assert compiled(rule).run({"self": {}}) is holds


def test_values_have_the_types_of_their_schema() -> None:
    properties = {
        "at": {"type": "string", "format": "date-time"},
        "share": {"type": "number"},
        "raw": {"type": "string", "format": "byte"},
        "wait": {"type": "string", "format": "duration"},
        "in": {"type": "integer"},
    }
    schema = Schema.from_openapi({"type": "object", "properties": properties})
    given = {"at": "2026-01-02T03:04:05Z", "share": 1, "raw": "aGk=", "wait": "1h30m", "in": 2}
    found = value_of({**given, "unknown": 1}, schema)
    rule = (
        "self.at.getFullYear() == 2026 && self.share == 1.0 && self.raw == b'hi' && "
        "self.wait == duration('90m') && self.__in__ == 2"
    )
    assert compiled(rule).run({"self": found}) is True
    assert "unknown" not in found


@pytest.mark.parametrize(
    ("name", "written"),
    [("a-b", "a__dash__b"), ("x/y.z", "x__slash__y__dot__z"), ("for", "__for__"), ("a b", "")],
)
def test_names_are_written_as_cel_can_read_them(name: str, written: str) -> None:
    assert escaped(name) == written


def test_a_missing_field_is_told_by_name() -> None:
    with pytest.raises(CelError, match="no such key: b"):
        compiled("self.b == 1").run({"self": {}})
