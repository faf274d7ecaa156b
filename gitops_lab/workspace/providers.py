"""The providers by name."""

from gitops_lab.errors import UsageError
from gitops_lab.workspace.embedded import Embedded
from gitops_lab.workspace.existing import Existing
from gitops_lab.workspace.kind import Kind
from gitops_lab.workspace.plan import WorkspacePlan
from gitops_lab.workspace.provider import Provider

_PROVIDERS: dict[str, type[Provider]] = {
    Embedded.name: Embedded,
    Kind.name: Kind,
    Existing.name: Existing,
}


def provider_of(plan: WorkspacePlan) -> Provider:
    """The provider that a plan asks for, knowing the plan. Raises UsageError."""
    return Existing(plan) if plan.provider == Existing.name else provider_named(plan.provider)


def provider_named(name: str) -> Provider:
    """The provider of that name. Raises UsageError."""
    try:
        return _PROVIDERS[name]()
    except KeyError:
        raise UsageError(
            f"there is no provider {name!r}.",
            reason="UnknownProvider",
            hint=f"There are: {', '.join(_PROVIDERS)}.",
        ) from None
