"""Admission policies and their bindings: what a cluster's owner changes (mutation.py), forbids,
warns about or notes, in CEL. They count from the moment they are stored.
"""

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.policies.evaluation import Denial, Evaluation
from gitops_lab.apiserver.policies.matching import GROUP, Request, bound
from gitops_lab.apiserver.policies.params import ParamsError, params_of
from gitops_lab.apiserver.rules.program import CelError
from gitops_lab.kube.objects import Object, name_of

_FAILURES = "validation.policy.admission.k8s.io/validation_failure"

_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}

__all__ = ["Request", "check_by_policies"]


def check_by_policies(request: Request) -> None:
    """Raises StatusError for what a policy denies; warns and notes what others say."""
    if request.call.resource.group == GROUP:  # else one could lock oneself out
        return
    refused: status.StatusError | None = None
    noted: list[Object] = []
    for policy, binding in bound(request, "validatingadmissionpolicies"):
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
    return _refusal(f"{named} denied request: {denial.message}", denial.reason, request)


def _refusal(message: str, reason: str, request: Request) -> status.StatusError:
    """What a client gets whose request a policy denies."""
    resource = request.call.resource
    found = status.forbidden(resource.group, resource.plural, request.name, message)
    found.reason = reason or "Invalid"
    found.code = _CODES.get(found.reason, 422)
    assert found.details is not None
    found.details["causes"] = [{"message": message}]
    return found
