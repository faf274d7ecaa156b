"""What can go wrong between a client and a Kubernetes API."""

from typing import Any

from gitops_lab.errors import GitOpsLabError, Place


class ApiError(GitOpsLabError):
    """The API answered with a failure. `status` is its Status object, `code` the HTTP code."""

    default_reason = "ApiFailed"

    def __init__(
        self, status: dict[str, Any], *, hint: str = "", place: Place | None = None
    ) -> None:
        message = str(status.get("message") or status.get("reason") or "the API gave no reason")
        super().__init__(message, reason=str(status.get("reason") or ""), hint=hint, place=place)
        self.status = status
        self.code = int(status.get("code") or 0)

    @property
    def causes(self) -> list[dict[str, str]]:
        """Kubernetes' own list of `{reason, message, field}`; empty when there is none."""
        return list((self.status.get("details") or {}).get("causes") or [])


class NotFound(ApiError):
    """404: no such object, or no such resource."""


class UnknownKind(NotFound):
    """The server has no such kind: its definition (CRD) is missing, or it is misspelt."""


class AlreadyExists(ApiError):
    """409 on create: the name is taken."""


class Conflict(ApiError):
    """409: somebody else wrote the object in between, or owns the field."""


class Expired(ApiError):
    """410: that resourceVersion is too old; list again."""


class Invalid(ApiError):
    """400 or 422: the object or the request is not valid."""


class Unauthorized(ApiError):
    """401: no token, or a wrong one."""


class Forbidden(ApiError):
    """403: the user may not do this, or the namespace is being deleted."""


class Unavailable(ApiError):
    """No answer, or 429, or 5xx: the same request may succeed later.

    `retry_after` is in seconds, 0 when the server named no time.
    """

    retry_after = 0.0


_BY_REASON: dict[str, type[ApiError]] = {
    "NotFound": NotFound,
    "AlreadyExists": AlreadyExists,
    "Conflict": Conflict,
    "Expired": Expired,
    "Gone": Expired,
    "Invalid": Invalid,
    "BadRequest": Invalid,
    "Unauthorized": Unauthorized,
    "Forbidden": Forbidden,
    "TooManyRequests": Unavailable,
    "ServiceUnavailable": Unavailable,
    "Timeout": Unavailable,
    "ServerTimeout": Unavailable,
    "InternalError": Unavailable,
}
_BY_CODE: dict[int, type[ApiError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Expired,
    422: Invalid,
    429: Unavailable,
}


def error_of(status: dict[str, Any], code: int) -> ApiError:
    """The error for a Status answer; `code` counts where the Status has none."""
    status = {**status, "code": status.get("code") or code}
    kind = _BY_REASON.get(str(status.get("reason", ""))) or _BY_CODE.get(code)
    if kind is None:
        kind = Unavailable if code >= 500 else ApiError
    return kind(status)


def unreachable(server: str, problem: object) -> Unavailable:
    """The error for a server that gave no answer."""
    return Unavailable(
        {
            "reason": "ServiceUnavailable",
            "message": f"no answer from the Kubernetes API at {server}: {problem}",
            "code": 503,
        },
        hint="Is the cluster running? See `gitops-lab status`.",
    )
