"""Kubernetes' Status objects: the one shape in which the API says no.

Reasons, codes and messages are those of apimachinery's pkg/api/errors; clients branch on them.
"""

from typing import Any

from gitops_lab.kube.objects import Object

Details = dict[str, Any]


class StatusError(Exception):
    """Ends a request with a Status. Verbs raise it, the HTTP layer answers with it."""

    def __init__(
        self, code: int, reason: str, message: str, details: Details | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continue_ = ""
        self.warnings: list[str] = []

    def status(self) -> Object:
        """The Status object."""
        body: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_} if self.continue_ else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


def success(details: Details) -> Object:
    """The Status with which a completed deletion is answered."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def qualified(group: str, plural: str) -> str:
    """`deployments.apps`, or `configmaps` of the core group, as messages name a resource."""
    return f"{plural}.{group}" if group else plural


def about(group: str, kind: str, name: str) -> Details:
    """The details' head: name, group and kind, empty ones left out as Go's omitempty does."""
    head = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in head.items() if value}


def not_found(group: str, plural: str, name: str) -> StatusError:
    """404 for an object."""
    message = f'{qualified(group, plural)} "{name}" not found'
    return StatusError(404, "NotFound", message, about(group, plural, name))


def no_such_path() -> StatusError:
    """404 for a path or resource that is not served."""
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(group: str, plural: str, name: str) -> StatusError:
    """409 for a create of a name that is taken."""
    message = f'{qualified(group, plural)} "{name}" already exists'
    return StatusError(409, "AlreadyExists", message, about(group, plural, name))


STALE = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def conflict(group: str, plural: str, name: str, why: str = STALE) -> StatusError:
    """409 for a write that rests on an old version or a wrong precondition."""
    message = f'Operation cannot be fulfilled on {qualified(group, plural)} "{name}": {why}'
    return StatusError(409, "Conflict", message, about(group, plural, name))


def apply_conflict(conflicts: list[tuple[str, str]]) -> StatusError:
    """409 of a server-side apply; each conflict is (manager as worded, field path)."""
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {manager}",
            "field": path,
        }
        for manager, path in conflicts
    ]
    return StatusError(409, "Conflict", _apply_conflict_text(conflicts), {"causes": causes})


def _apply_conflict_text(conflicts: list[tuple[str, str]]) -> str:
    count = len(conflicts)
    by_manager: dict[str, list[str]] = {}
    for manager, path in conflicts:
        by_manager.setdefault(manager, []).append(path)
    plural = "s" if count != 1 else ""
    head = f"Apply failed with {count} conflict{plural}: "
    if len(by_manager) == 1 and count == 1:
        return f"{head}conflict with {conflicts[0][0]}: {conflicts[0][1]}"
    parts = []
    for manager in sorted(by_manager):
        paths = by_manager[manager]
        word = "conflicts" if len(paths) > 1 or len(by_manager) == 1 else "conflict"
        parts.append(f"{word} with {manager}:\n" + "\n".join(f"- {path}" for path in paths))
    return head + "\n".join(parts)


def invalid(group: str, kind: str, name: str, causes: list[Details]) -> StatusError:
    """422; each cause has reason (FieldValueInvalid …), message and field."""
    worded = [f"{cause['field']}: {cause['message']}" for cause in causes]
    text = worded[0] if len(worded) == 1 else f"[{', '.join(worded)}]"
    shown = qualified(group, kind)
    details = about(group, kind, name)
    details["causes"] = causes
    return StatusError(422, "Invalid", f'{shown} "{name}" is invalid: {text}', details)


def forbidden(group: str, plural: str, name: str, why: str) -> StatusError:
    """403 for a named object, a resource, or (without a plural) something else."""
    named = f' "{name}"' if name else ""
    head = f"{qualified(group, plural)}{named} is forbidden" if plural else "forbidden"
    return StatusError(403, "Forbidden", f"{head}: {why}", about(group, plural, name))


def bad_request(message: str) -> StatusError:
    """400."""
    return StatusError(400, "BadRequest", message)


def unauthorized() -> StatusError:
    """401 for a missing, wrong or expired token."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def method_not_allowed(what: str = "the server does not allow this method") -> StatusError:
    """405 for a verb that a resource does not have."""
    message = f"{what} on the requested resource"
    return StatusError(405, "MethodNotAllowed", message, {})


def not_implemented(what: str) -> StatusError:
    """501 for what Kubernetes has and this server has not."""
    return StatusError(501, "NotImplemented", f"{what} is not implemented by the embedded cluster")


def unsupported_media_type(accepted: str) -> StatusError:
    """415 for a body in a format that is not read here."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        + accepted
    )
    return StatusError(415, "UnsupportedMediaType", message)


def not_acceptable(accepted: str) -> StatusError:
    """406 for an Accept header that no representation answers."""
    message = f"406: Not Acceptable\n\nAvailable representations: {accepted}"
    return StatusError(406, "NotAcceptable", message, {})


def expired(message: str) -> StatusError:
    """410: the resourceVersion or the continue token is too old."""
    return StatusError(410, "Expired", message)


def too_large_resource_version(wanted: int, current: int) -> StatusError:
    """504 for a read at a resourceVersion that has not been written yet."""
    return StatusError(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {wanted}, current: {current}",
        {
            "causes": [
                {
                    "reason": "ResourceVersionTooLarge",
                    "message": "Too large resource version",
                }
            ],
            "retryAfterSeconds": 1,
        },
    )


def too_large(limit: int) -> StatusError:
    """413 for a body over the cap."""
    message = f"Request entity too large: limit is {limit}"
    return StatusError(413, "RequestEntityTooLarge", message, {})


def internal(message: str) -> StatusError:
    """500."""
    text = f"Internal error occurred: {message}"
    return StatusError(500, "InternalError", text, {"causes": [{"message": message}]})


def unavailable(message: str) -> StatusError:
    """503."""
    return StatusError(503, "ServiceUnavailable", message)


def storage_full(why: str) -> StatusError:
    """507: the disk took no more; nothing was written."""
    return StatusError(507, "InsufficientStorage", f"the write could not be stored: {why}")
