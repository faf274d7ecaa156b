"""The providers by name. Each is imported when it is asked for: most commands need one, or none."""

from importlib import import_module

from gitops_lab.errors import UsageError
from gitops_lab.workspace.plan import WorkspacePlan
from gitops_lab.workspace.provider import Provider

EMBEDDED, KIND, EXISTING = "embedded", "kind", "existing"
_PROVIDERS = {EMBEDDED: "Embedded", KIND: "Kind", EXISTING: "Existing"}
"""The module of each, which has its name, and its class there."""
FEATURES = {
    EMBEDDED: frozenset({"audit-log", "several-clusters", "whole-cluster"}),
    KIND: frozenset({"several-clusters", "whole-cluster"}),
    EXISTING: frozenset[str](),
}
"""What labs may need of a cluster: a log of who wrote what; more than one of it; one that is the
lab's alone, with every namespace and definition in it."""


def provider_of(plan: WorkspacePlan) -> Provider:
    """The provider that a plan asks for, knowing the plan. Raises UsageError."""
    if plan.provider == EXISTING:
        from gitops_lab.workspace.existing import Existing

        return Existing(plan)
    return provider_named(plan.provider)


def provider_named(name: str) -> Provider:
    """The provider of that name. Raises UsageError."""
    if name not in _PROVIDERS:
        raise UsageError(
            f"there is no provider {name!r}.",
            reason="UnknownProvider",
            hint=f"There are: {', '.join(_PROVIDERS)}.",
        )
    module = import_module(f"gitops_lab.workspace.{name}")
    made: Provider = getattr(module, _PROVIDERS[name])()
    return made
