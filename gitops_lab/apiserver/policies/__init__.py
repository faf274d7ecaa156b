"""Admission policies (ValidatingAdmissionPolicy and its bindings): what a cluster's owner forbids,
warns about or notes, in CEL. They count from the moment they are stored.
"""

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.policies.evaluation import Denial, Evaluation
from gitops_lab.apiserver.policies.matching import Request, is_about
from gitops_lab.apiserver.policies.params import ParamsError, params_of
from gitops_lab.apiserver.rules.program import CelError
from gitops_lab.kube.objects import Object, name_of

GROUP = "admissionregistration.k8s.io"
_FAILURES = "validation.policy.admission.k8s.io/validation_failure"
_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}

__all__ = ["Request", "check_by_policies"]


def check_by_policies(request: Request) -> None:
    """Raises StatusError for what a policy denies; warns and notes what others say."""
    call = request.call
    if call.resource.group == GROUP:  # else one could lock oneself out
        return
    bindings = request.api.builtin(GROUP, "v1", "validatingadmissionpolicybindings")
    entries = list(bindings.collection.entries(""))
    if not entries:
        return
    policies = request.api.builtin(GROUP, "v1", "validatingadmissionpolicies").collection
    found = []
    for entry in entries:
        binding = entry.parsed()
        policy = policies.get("", binding["spec"].get("policyName", ""))
        if policy is not None:
            found.append((policy.parsed(), binding))
    found.sort(key=lambda pair: (name_of(pair[0]), name_of(pair[1])))
    _carry_out(request, found)


def _carry_out(request: Request, found: list[tuple[Object, Object]]) -> None:
    refused: status.StatusError | None = None
    noted: list[Object] = []
    for policy, binding in found:
        constraints = policy["spec"].get("matchConstraints") or {}
        narrowed = binding["spec"].get("matchResources") or {}
        if not is_about(constraints, request, all_if_empty=False):
            continue
        if not is_about(narrowed, request, all_if_empty=True):
            continue
        for denial in _decide(policy, binding, request):
            refused = _act(policy, binding, denial, request, noted) or refused
    if noted:
        request.call.annotations[_FAILURES] = orjson.dumps(noted).decode()
    if refused is not None:
        raise refused


def _decide(policy: Object, binding: Object, request: Request) -> list[Denial]:
    try:
        parameters = params_of(policy["spec"], binding["spec"], request)
    except ParamsError as error:
        if policy["spec"].get("failurePolicy") == "Ignore":
            return []
        return [Denial(f"failed to configure binding: {error}")]
    denials: list[Denial] = []
    for each in parameters:
        evaluation = Evaluation(policy, request, each)
        denials += evaluation.denials()
        try:
            for key, value in evaluation.annotations():
                request.call.annotations[f"{name_of(policy)}/{key}"] = value
        except CelError as error:
            denials.append(Denial(str(error)))
    return denials


def _act(
    policy: Object, binding: Object, denial: Denial, request: Request, noted: list[Object]
) -> status.StatusError | None:
    actions = binding["spec"].get("validationActions") or ["Deny"]
    named = f"ValidatingAdmissionPolicy '{name_of(policy)}' with binding '{name_of(binding)}'"
    if "Warn" in actions:
        request.call.warnings.append(f"Validation failed for {named}: {denial.message}")
    if "Audit" in actions:
        noted.append(
            {
                "message": denial.message,
                "policy": name_of(policy),
                "binding": name_of(binding),
                "expressionIndex": denial.index,
                "validationActions": actions,
            }
        )
    if "Deny" not in actions:
        return None
    return _refusal(f"{named} denied request: {denial.message}", denial, request)


def _refusal(message: str, denial: Denial, request: Request) -> status.StatusError:
    resource = request.call.resource
    found = status.forbidden(resource.group, resource.plural, request.name, message)
    found.reason = denial.reason or "Invalid"
    found.code = _CODES.get(found.reason, 422)
    assert found.details is not None
    found.details["causes"] = [{"message": message}]
    return found
