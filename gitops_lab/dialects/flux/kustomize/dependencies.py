"""Whether the Kustomizations that one depends on are ready, and what it says while they are not."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.conditions import is_true
from gitops_lab.dialects.flux.expressions import BadExpression, Expression, NotEvaluated
from gitops_lab.dialects.flux.kustomize.failures import (
    BAD_CEL,
    DEPENDENCY,
    TERMINAL,
    Stalled,
    Waits,
)
from gitops_lab.dialects.flux.kustomize.spec import API_VERSION, KIND, Spec
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError


def check_dependencies(client: Client, obj: Object, spec: Spec, revision: str, told: str) -> None:
    """Raises Waits for the first that is not ready, `told` in the event, Stalled for bad CEL."""
    for namespace, name, ready in spec.dependencies():
        what = f"dependency '{namespace}/{name}'"
        try:
            other = client.get(API_VERSION, KIND, name, namespace)
        except ApiError as error:
            raise Waits(DEPENDENCY, f"{what} not found: {error.message}", told) from error
        why = _by_expression(obj, other, ready) if ready else _by_status(other, spec, revision)
        if why:
            raise Waits(DEPENDENCY, f"{what} {why}", told)


def _by_expression(obj: Object, other: Object, text: str) -> str:
    """The expression alone decides, whatever Ready says."""
    name = other["metadata"]["name"]
    try:
        if Expression(text).holds({"self": obj, "dep": other}):
            return ""
    except BadExpression as error:
        message = f"{TERMINAL}: failed to evaluate dependency {name}: {error}"
        raise Stalled(BAD_CEL, message) from error
    except NotEvaluated as error:
        return str(error)
    return "is not ready according to readyExpr eval"


def _by_status(other: Object, spec: Spec, revision: str) -> str:
    status: Mapping[str, Any] = other.get("status") or {}
    seen = status.get("observedGeneration") == other["metadata"].get("generation")
    if not seen or not is_true(other, "Ready"):
        return "is not ready"
    same = Spec.of(other).source == spec.source
    if same and status.get("lastAppliedRevision") != revision:
        return "revision is not up to date"
    return ""
