"""What a server's refusal means, in words: the one place where an ApiError becomes a StageError."""

import re
from dataclasses import replace
from typing import TypeVar

from gitops_lab.engine.desired import Desired
from gitops_lab.engine.errors import PlanError, StageError
from gitops_lab.kube.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
    UnknownKind,
)

E = TypeVar("E", bound=StageError)
_NAMESPACE_MISSING = re.compile(r'namespaces? "([^"]+)" not found')
_UNTYPED = re.compile(
    r"failed to create typed patch object \(.*?\):(?: errors:)?\s+(\.\S+): ", re.S
)
_NAMESPACE_ENDING = re.compile(r"namespace .* is being terminated")
_DENIED = "AdmissionDenied"
_ADMISSION = (
    (
        re.compile(r'admission webhook "(?P<who>[^"]+)" denied the request'),
        _DENIED,
        "Correct {where} so that the webhook {who} lets it pass, or ask those who look after it.",
    ),
    (
        re.compile(r"ValidatingAdmissionPolicy '(?P<who>[^']+)' .*denied request"),
        _DENIED,
        "Correct {where} so that the policy {who} lets it pass: "
        "`kubectl get validatingadmissionpolicy {who} -o yaml`.",
    ),
    (
        re.compile(r'violates PodSecurity "(?P<who>[^":]+)'),
        _DENIED,
        "The namespace asks for the Pod Security Standard {who}: correct the securityContext in "
        "{where}.",
    ),
    (
        re.compile(r'failed calling webhook "(?P<who>[^"]+)"'),
        "WebhookUnavailable",
        "The cluster has to ask the webhook {who}, which does not answer: see what serves it, and "
        "`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`. "
        "It is tried again.",
    ),
    (
        re.compile(r"exceeded quota: (?P<who>[^,]+)"),
        "QuotaExceeded",
        "Ask for less in {where}, or raise the quota: `kubectl describe quota {who}`.",
    ),
)
"""What stands between a request and the object: message, reason, and what to do."""


def refused(error: ApiError, one: Desired, stage: type[E]) -> E:
    """The server refused to take an object, for real or in a dry run."""
    untyped = _UNTYPED.search(error.message)
    if untyped:  # a misspelt field or a wrong type; apply answers this with 500
        reason, hint, retry = "InvalidObject", f"Correct {_where(one)} and push again.", False
        field = untyped[1].lstrip(".")
    else:
        reason, hint = _reason_and_hint(error, one)
        causes = (str(cause.get("field", "")).lstrip(".") for cause in error.causes)
        field = next(filter(None, causes), "")
        # A rule may change without a commit, what is invalid stays so.
        retry = not isinstance(error, Invalid) or reason == _DENIED
    return stage(
        f"the cluster refused {one.key}: {error.message}",
        reason=reason,
        hint=hint,
        place=replace(one.place, field=field),
        retry=retry,
    )


def reading_failed(error: ApiError) -> PlanError:
    """The cluster did not tell what is there."""
    unavailable = isinstance(error, Unavailable)
    return PlanError(
        f"can't compare with the cluster: {error.message}",
        reason="ClusterUnavailable" if unavailable else error.reason or "ReadFailed",
        hint=error.hint,
    )


def _reason_and_hint(error: ApiError, one: Desired) -> tuple[str, str]:
    for pattern, reason, hint in _ADMISSION:
        if found := pattern.search(error.message):
            return reason, hint.format(where=_where(one), who=found["who"])
    namespace = _NAMESPACE_MISSING.search(error.message)
    if isinstance(error, NotFound) and namespace:
        return "NamespaceMissing", (
            f"Create the namespace {namespace[1]}: add it to the repository, or set "
            "spec.destination.createNamespace of the App to true."
        )
    if isinstance(error, UnknownKind):
        return "UnknownKind", "Correct apiVersion and kind, or add the definition (CRD)."
    if isinstance(error, Conflict):
        return "FieldConflict", (
            "Another manager owns the field: leave it out of Git, or let the engine take it over."
        )
    if isinstance(error, Invalid):
        if "immutable" in error.message:
            return "ImmutableField", (
                "This field can't be changed on an existing object: delete the object, and the "
                "next sync makes it anew; or let the engine do so, by the annotation "
                "`gitops-lab.dev/apply: force`."
            )
        return "InvalidObject", f"Correct {_where(one)} and push again."
    if isinstance(error, Forbidden):
        if _NAMESPACE_ENDING.search(error.message):
            return "NamespaceTerminating", "Wait until the namespace is gone; it is tried again."
        return "Forbidden", "Give the engine's user the right to do this, or ask for less."
    if isinstance(error, Unauthorized):
        return "Unauthorized", "The engine's credentials are not valid for this cluster."
    if isinstance(error, Unavailable):
        return "ClusterUnavailable", error.hint or "It is tried again."
    return error.reason or "ApplyFailed", error.hint or f"See {_where(one)}."


def _where(one: Desired) -> str:
    """The file; the line is in the error's place, that of the field itself."""
    return one.file or str(one.key)
