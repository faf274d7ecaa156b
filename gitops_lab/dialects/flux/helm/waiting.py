"""`spec.dependsOn`: other HelmReleases that have to be ready first."""

from typing import Any

from gitops_lab.dialects.conditions import is_true
from gitops_lab.dialects.flux.helm.spec import API_VERSION, KIND
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import namespace_of


class DependencyNotReady(Exception):
    """What helm-controller says of the first that isn't."""


class BadExpression(Exception):
    """A `readyExpr` that can't be read; nothing helps but to correct it."""


def check_dependencies(client: Client, obj: Object) -> None:
    """Raises DependencyNotReady and BadExpression."""
    for reference in obj["spec"].get("dependsOn") or []:
        _check(client, obj, reference)


def _check(client: Client, obj: Object, reference: dict[str, Any]) -> None:
    namespace = str(reference.get("namespace") or namespace_of(obj))
    name = f"{namespace}/{reference['name']}"
    try:
        other = client.get(API_VERSION, KIND, reference["name"], namespace)
    except ApiError as error:
        raise DependencyNotReady(f"unable to get '{name}' dependency: {error.message}") from error
    if expression := reference.get("readyExpr"):
        if not _holds(expression, name, {"self": obj, "dep": other}):
            told = f"dependency '{name}' is not ready according to readyExpr eval"
            raise DependencyNotReady(told)
        return
    observed = (other.get("status") or {}).get("observedGeneration")
    if observed != other["metadata"].get("generation") or not is_true(other, "Ready"):
        raise DependencyNotReady(f"dependency '{name}' is not ready")


def _holds(expression: str, name: str, values: dict[str, Any]) -> bool:
    try:
        import cel
    except ImportError as error:
        told = "it needs a package that is not installed: `pip install 'gitops-lab[cel]'`"
        raise BadExpression(f"failed to evaluate dependency {name}: {told}") from error
    try:
        program = cel.compile(expression)
    except ValueError as error:
        told = " ".join(str(error).split())
        raise BadExpression(f"failed to evaluate dependency {name}: {told}") from error
    try:
        return program.execute(values) is True
    except (ValueError, TypeError, RuntimeError) as error:
        told = f"failed to evaluate dependency {name}: {error}"
        raise DependencyNotReady(told) from error
