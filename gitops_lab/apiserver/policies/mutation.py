"""What MutatingAdmissionPolicies change in an object that is about to be stored.

Fields that they set belong to nobody, as in the genuine server.
"""

from dataclasses import replace
from typing import Any

from gitops_lab.apiserver import fields, patch, status
from gitops_lab.apiserver.patch.errors import PatchTestFailed
from gitops_lab.apiserver.policies.evaluation import Evaluation
from gitops_lab.apiserver.policies.matching import GROUP, Request, bound
from gitops_lab.apiserver.policies.params import ParamsError, params_of
from gitops_lab.apiserver.rules.program import CelError
from gitops_lab.apiserver.types import Resource
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.kube.objects import Object, name_of

Fields = dict[str, Any]
_KEPT = ("apiVersion", "kind")


class _Failed(Exception):
    """A mutation can't be carried out."""


def mutated(request: Request) -> Object:
    """The new object as the policies leave it. Raises StatusError where one fails and may not."""
    assert request.new is not None
    new = request.new
    if request.call.resource.group == GROUP:
        return new
    again: list[tuple[Object, Object, Object]] = []
    problems: list[str] = []
    for policy, binding in bound(request, "mutatingadmissionpolicies"):
        new = _carry_out(policy, binding, replace(request, new=new), problems)
        if policy["spec"].get("reinvocationPolicy") == "IfNeeded":
            again.append((policy, binding, new))
    for policy, binding, seen in again:
        if seen != new:  # somebody changed it after its turn
            new = _carry_out(policy, binding, replace(request, new=new), problems)
    if problems:
        raise _refusal(problems, request)
    return new


def _refusal(problems: list[str], request: Request) -> status.StatusError:
    resource = request.call.resource
    found = status.forbidden(resource.group, resource.plural, request.name, "")
    found.message, found.reason = problems[0], "Invalid"  # sic: its code is that of Forbidden
    assert found.details is not None
    found.details["causes"] = [{"message": each} for each in problems]
    return found


def _carry_out(policy: Object, binding: Object, request: Request, problems: list[str]) -> Object:
    """The object after one policy; what it can't do is added to the problems."""
    assert request.new is not None
    new, told = request.new, list[str]()
    try:
        for each in params_of(policy["spec"], binding["spec"], request):
            evaluation = Evaluation(policy, replace(request, new=new), each)
            if evaluation.applies():
                mutations = policy["spec"].get("mutations") or []
                new = _changed(mutations, evaluation, replace(request, new=new), told)
    except ParamsError as error:
        told.append(f"failed to configure binding: {error}")
    except CelError as error:
        told.append(str(error))
    if policy["spec"].get("failurePolicy") != "Ignore":
        named = f"policy '{name_of(policy)}' with binding '{name_of(binding)}'"
        problems += [f"{named} denied request: {each}" for each in told]
    return new


def _changed(
    mutations: list[Fields], evaluation: Evaluation, request: Request, told: list[str]
) -> Object:
    assert request.new is not None
    new, resource = request.new, request.call.resource
    for each in mutations:
        try:
            if each["patchType"] == "JSONPatch":
                value = evaluation.run(each["jsonPatch"]["expression"])
                changed = _patched(new, value)
            else:
                value = evaluation.run(each["applyConfiguration"]["expression"])
                changed = _merged(new, value, resource)
            new = _settled(changed, new, resource)
        except (CelError, _Failed) as error:
            told.append(str(error))
        evaluation.see(new)
    return new


def _patched(new: Object, operations: Any) -> Any:
    if not isinstance(operations, list):
        raise _Failed("type mismatch: JSONPatchType.expression should evaluate to array")
    try:
        return patch.json_patch(new, operations)
    except PatchTestFailed:
        return new  # the operations were for another state
    except patch.PatchError as error:
        raise _Failed(f"JSON Patch: {error.message}") from None


def _merged(new: Object, value: Any, resource: Resource) -> Any:
    if not isinstance(value, dict):
        raise _Failed("type mismatch: the expression should evaluate to an object")
    config = {**value, **{name: new[name] for name in _KEPT}}
    try:
        fields.check(config, resource.schema)
    except fields.ApplyError as error:
        raise _Failed(f"error applying patch: {error.message}") from None
    atomics = fields.atomics_of(value, resource.schema)
    if atomics:
        why = f"may not mutate atomic arrays, maps or structs: {', '.join(atomics)}"
        raise _Failed(f"error applying patch: invalid ApplyConfiguration: {why}")
    return fields.merged(new, config, resource.schema)


def _settled(changed: Any, before: Object, resource: Resource) -> Object:
    """In normal form, and still the same object."""
    if not isinstance(changed, dict) or not isinstance(changed.get("metadata"), dict):
        raise _Failed("the mutation leaves no object behind")
    metadata = changed["metadata"]
    for name in ("name", "namespace"):
        if metadata.get(name) != before["metadata"].get(name):
            raise _Failed(f"metadata.{name} may not be changed")
    if any(changed.get(name) != before[name] for name in _KEPT):
        raise _Failed("apiVersion and kind may not be changed")
    try:
        return normal(resource, changed)
    except status.StatusError as error:
        raise _Failed(error.message) from None
