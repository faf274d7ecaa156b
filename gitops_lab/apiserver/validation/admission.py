"""Admission policies and their bindings: what can't be evaluated is refused when it is written."""

import re
from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.rules.program import CelError, compiled
from gitops_lab.apiserver.rules.structs import as_maps
from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.selectors import check_selector

Fields = dict[str, Any]
Problems = Iterator[FieldError]
NAMES = frozenset({"object", "oldObject", "request", "params", "namespaceObject", "variables"})
"""What a policy's expressions can speak of. The authorizer's functions are not among them."""

_ACTIONS = ("Audit", "Deny", "Warn")
_FAILURE = ("Fail", "Ignore")
_MATCH = ("Equivalent", "Exact")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_AGAIN = ("IfNeeded", "Never")
_CHANGES = ("*", "CONNECT", "CREATE", "UPDATE")
_PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
_SCOPES = ("*", "Cluster", "Namespaced")
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_ONE_OF_BOTH = "validations or auditAnnotations must contain at least one item"


def validating_policy(new: Fields, old: Fields | None) -> Problems:
    """A ValidatingAdmissionPolicy."""
    spec = new.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return
    usable = NAMES if spec.get("paramKind") else NAMES - {"params"}
    yield from _matched(spec)
    yield from _named(spec, usable)
    validations, annotations = spec.get("validations"), spec.get("auditAnnotations")
    if not validations and not annotations:
        yield required("spec.validations", _ONE_OF_BOTH)
        yield required("spec.auditAnnotations", _ONE_OF_BOTH)
    for index, each in enumerate(validations or []):
        yield from _validation(each, f"spec.validations[{index}]", usable)
    for index, each in enumerate(annotations or []):
        yield from _annotation(each, f"spec.auditAnnotations[{index}]", usable)


def mutating_policy(new: Fields, old: Fields | None) -> Problems:
    """A MutatingAdmissionPolicy."""
    spec = new.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return
    usable = NAMES if spec.get("paramKind") else NAMES - {"params"}
    yield from _matched(spec)
    if spec.get("matchConstraints") is not None:
        yield from _mutable(spec["matchConstraints"], "spec.matchConstraints")
    yield from _named(spec, usable)
    if not spec.get("mutations"):
        yield required("spec.mutations", "mutations must contain at least one item")
    for index, each in enumerate(spec.get("mutations") or []):
        yield from _mutation(each, f"spec.mutations[{index}]", usable)
    again = spec.get("reinvocationPolicy")
    if not again:
        yield required("spec.reinvocationPolicy")
    elif again not in _AGAIN:
        yield not_supported("spec.reinvocationPolicy", again, _AGAIN)


def _matched(spec: Fields) -> Problems:
    """What a policy of either sort says of the requests that it is for."""
    if spec.get("failurePolicy") not in _FAILURE:
        yield not_supported("spec.failurePolicy", spec.get("failurePolicy"), _FAILURE)
    constraints = spec.get("matchConstraints")
    if constraints is None:
        yield required("spec.matchConstraints")
    else:
        yield from _match(constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            yield required("spec.matchConstraints.resourceRules")


def _named(spec: Fields, usable: frozenset[str]) -> Problems:
    """The conditions and variables of a policy of either sort."""
    yield from _conditions(spec.get("matchConditions") or [], usable - {"namespaceObject"})
    for index, each in enumerate(spec.get("variables") or []):
        yield from _variable(each, f"spec.variables[{index}]", usable)


def mutating_binding(new: Fields, old: Fields | None) -> Problems:
    """A MutatingAdmissionPolicyBinding."""
    spec = new.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return
    yield from _bound(spec)
    yield from _mutable(spec.get("matchResources") or {}, "spec.matchResources")


def _mutable(constraints: Fields, path: str) -> Problems:
    """What is deleted can't be changed."""
    for rule in constraints.get("resourceRules") or []:
        for each in rule.get("operations") or []:
            if each not in _CHANGES:
                yield not_supported(f"{path}.resourceRules.operations", each, _CHANGES)


def _mutation(mutation: Fields, path: str, usable: frozenset[str]) -> Problems:
    kind = mutation.get("patchType")
    if not kind:
        yield required(f"{path}.patchType")
    elif kind not in _PATCHES:
        yield not_supported(f"{path}.patchType", kind, tuple(_PATCHES))
    else:
        name, other = _PATCHES[kind], next(v for k, v in _PATCHES.items() if k != kind)
        if mutation.get(name) is None:
            yield required(f"{path}.{name}", f"must be specified when patchType is {kind}")
        else:
            yield from _patch(mutation[name], f"{path}.{name}.expression", usable)
        if mutation.get(other) is not None:
            why = f"must not be specified when patchType is {kind}"
            yield invalid(f"{path}.{other}", f"{{{other}}}", why)


def _patch(patch: Fields, path: str, usable: frozenset[str]) -> Problems:
    text = patch.get("expression", "").strip()
    if not text:
        yield required(path)
        return
    try:
        compiled(as_maps(text), usable)
    except CelError as error:
        yield invalid(path, text, f"compilation failed: {error}")


def validating_binding(new: Fields, old: Fields | None) -> Problems:
    """A ValidatingAdmissionPolicyBinding."""
    spec = new.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return
    yield from _bound(spec)
    actions = spec.get("validationActions") or []
    if not actions:
        yield required("spec.validationActions")
    for index, each in enumerate(actions):
        if each not in _ACTIONS:
            yield not_supported(f"spec.validationActions[{index}]", each, _ACTIONS)
        if each in actions[:index]:
            yield duplicate(f"spec.validationActions[{index}]", each)
    if "Deny" in actions and "Warn" in actions:
        why = "must not contain both Deny and Warn (repeating the same validation failure "
        why += "information in the API response and headers serves no purpose)"
        yield invalid("spec.validationActions", actions, why)


def _bound(spec: Fields) -> Problems:
    if not spec.get("policyName"):
        yield required("spec.policyName")
    else:
        for why in names.subdomain(spec["policyName"]):
            yield invalid("spec.policyName", spec["policyName"], why)
    yield from _reference(spec.get("paramRef"))
    yield from _match(spec.get("matchResources") or {}, "spec.matchResources")


def _reference(reference: Fields | None) -> Problems:
    if reference is None:
        return
    path, selector = "spec.paramRef", reference.get("selector")
    if reference.get("name"):
        if selector is not None:
            for name in ("name", "selector"):
                yield forbidden(f"{path}.{name}", "name and selector are mutually exclusive")
    elif selector is None:
        yield required(path, "one of name or selector must be specified")
    if selector is not None:
        yield from check_selector(selector, f"{path}.selector")
    action = reference.get("parameterNotFoundAction")
    if action is None:
        yield required(f"{path}.parameterNotFoundAction")
    elif action not in ("Allow", "Deny"):
        yield not_supported(f"{path}.parameterNotFoundAction", action, ("Deny", "Allow"))


def _match(constraints: Fields, path: str) -> Problems:
    if constraints.get("matchPolicy", "Equivalent") not in _MATCH:
        yield not_supported(f"{path}.matchPolicy", constraints["matchPolicy"], _MATCH)
    for name in ("namespaceSelector", "objectSelector"):
        yield from check_selector(constraints.get(name) or {}, f"{path}.{name}")
    for name in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(constraints.get(name) or []):
            yield from _rule(rule, f"{path}.{name}[{index}]")


def _rule(rule: Fields, path: str) -> Problems:
    for name in ("operations", "apiGroups", "apiVersions", "resources"):
        listed = rule.get(name) or []
        if not listed:
            yield required(f"{path}.{name}")
        if len(listed) > 1 and "*" in listed and name != "resources":
            why = "if '*' is present, must not specify other "
            what = {"apiGroups": "API groups", "apiVersions": "API versions"}.get(name, name)
            yield invalid(f"{path}.{name}", listed, why + what)
    for index, each in enumerate(rule.get("operations") or []):
        if each not in _OPERATIONS:
            yield not_supported(f"{path}.operations[{index}]", each, _OPERATIONS)
    if rule.get("scope", "*") not in _SCOPES:
        yield not_supported(f"{path}.scope", rule["scope"], _SCOPES)


def _conditions(conditions: list[Fields], usable: frozenset[str]) -> Problems:
    seen: set[str] = set()
    for index, each in enumerate(conditions):
        path, name = f"spec.matchConditions[{index}]", each.get("name", "")
        if each.get("expression", "").strip():
            yield from _expression(each, "expression", path, usable - {"variables"})
        else:
            yield required(f"{path}.expression")
        if not name:
            yield required(f"{path}.name")
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)


def _variable(variable: Fields, path: str, usable: frozenset[str]) -> Problems:
    name = variable.get("name", "")
    if not name.strip():
        yield required(f"{path}.name", "name is not specified")
    elif not _IDENTIFIER.fullmatch(name):
        yield invalid(f"{path}.name", name, "must be a valid CEL identifier")
    yield from _expression(variable, "expression", path, usable, needed=True)


def _validation(validation: Fields, path: str, usable: frozenset[str]) -> Problems:
    yield from _expression(validation, "expression", path, usable, needed=True)
    yield from _expression(validation, "messageExpression", path, usable)
    message = validation.get("message", "")
    if message and not message.strip():
        yield invalid(f"{path}.message", message, "must be non-empty if specified")
    elif "\n" in message.strip():
        yield invalid(f"{path}.message", message, "must not contain line breaks")
    if validation.get("reason") not in (None, "Unauthorized", *_REASONS):
        yield not_supported(f"{path}.reason", validation["reason"], _REASONS)


def _annotation(annotation: Fields, path: str, usable: frozenset[str]) -> Problems:
    if not annotation.get("key"):
        yield required(f"{path}.key")
    yield from _expression(annotation, "valueExpression", path, usable, needed=True)


def _expression(
    holder: Fields, name: str, path: str, usable: frozenset[str], *, needed: bool = False
) -> Problems:
    text = holder.get(name, "")
    if not text.strip():
        what = "valueExpression" if name == "valueExpression" else "expression"
        if needed:
            yield required(f"{path}.{name}", f"{what} is not specified")
        elif text:
            yield invalid(f"{path}.{name}", text, "must be non-empty if specified")
        return
    try:
        compiled(text, usable)
    except CelError as error:
        yield invalid(f"{path}.{name}", text, f"compilation failed: {error}")
