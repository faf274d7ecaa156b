"""What `resourceVersion` and `resourceVersionMatch` mean to a read."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.served import Api

WAIT_SECONDS = 3.0
_MATCHES = ("Exact", "NotOlderThan")


def asked_revision(call: Call) -> int | None:
    """The resourceVersion of a request as a number; None when unset. StatusError 400."""
    text = call.query.get("resourceVersion")
    if not text:
        return None
    if not text.isdigit():
        raise status.bad_request(f"invalid resource version: {not_a_version(text)}")
    return int(text)


def not_a_version(text: str) -> str:
    """What is wrong with a resourceVersion that is no number."""
    why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    return f'resourceVersion: Invalid value: "{text}": {why}'


def check_match(call: Call) -> str:
    """resourceVersionMatch of a list. Raises StatusError 422."""
    if call.query.get("sendInitialEvents"):
        raise invalid_option(
            "FieldValueForbidden",
            "Forbidden: sendInitialEvents is forbidden for list",
            "sendInitialEvents",
        )
    match = call.query.get("resourceVersionMatch")
    if not match:
        return ""
    if match not in _MATCHES:
        values = ", ".join(f'"{each}"' for each in (*_MATCHES, ""))
        raise invalid_option(
            "FieldValueNotSupported",
            f'Unsupported value: "{match}": supported values: {values}',
        )
    if not call.query.get("resourceVersion"):
        raise invalid_option(
            "FieldValueForbidden",
            "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        )
    if match == "Exact" and asked_revision(call) == 0:
        raise invalid_option(
            "FieldValueForbidden",
            'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        )
    return match


def invalid_option(
    reason: str, message: str, field: str = "resourceVersionMatch"
) -> status.StatusError:
    """422 about ListOptions."""
    cause = {"reason": reason, "message": message, "field": field}
    return status.invalid("meta.k8s.io", "ListOptions", "", [cause])


async def wait_for_revision(api: Api, call: Call) -> None:
    """Wait a moment for a revision that is not here yet. Raises StatusError 504."""
    revision = asked_revision(call)
    if revision is None or revision <= api.store.revision:
        return
    if not await api.store.reach(revision, WAIT_SECONDS):
        raise status.too_large_resource_version(revision, api.store.revision)
