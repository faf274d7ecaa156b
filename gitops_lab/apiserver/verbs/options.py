"""The options of a write: dryRun, fieldManager, fieldValidation, force."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    message,
    not_supported,
    required,
    too_long,
)

APPLY_PATCH = "application/apply-patch+yaml"
KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}
VALIDATIONS = ["", "Ignore", "Strict", "Warn"]
LONGEST_MANAGER = 128  # bytes


def check_options(call: Call) -> None:
    """Raises StatusError 422 about CreateOptions, UpdateOptions or PatchOptions."""
    problems = _patch(call) if call.method == "PATCH" else []
    problems += _manager(call.query.get("fieldManager"))
    values = call.query.all("dryRun")
    if any(value != "All" for value in values):
        problems.append(not_supported("dryRun", values, ["All"]))
    asked = call.query.get("fieldValidation")
    if asked not in VALIDATIONS:
        problems.append(not_supported("fieldValidation", asked, VALIDATIONS))
    if problems:
        causes = [
            {"reason": each.type, "message": message(each), "field": each.field}
            for each in problems
        ]
        raise status.invalid("meta.k8s.io", KINDS[call.method], "", causes)


def _patch(call: Call) -> list[FieldError]:
    if call.media_type == APPLY_PATCH:
        if call.query.get("fieldManager"):
            return []
        return [required("fieldManager", "is required for apply patch")]
    if call.query.get("force"):
        return [forbidden("force", "may not be specified for non-apply patch")]
    return []


def _manager(name: str) -> list[FieldError]:
    problems = []
    if len(name.encode()) > LONGEST_MANAGER:
        problems.append(too_long("fieldManager", LONGEST_MANAGER))
    if not name.isprintable():
        text = "should only contain printable characters"
        problems.append(invalid("fieldManager", name, text))
    return problems
