"""The field managers under which engines write: ours, and those of the engines that are spoken."""

from collections.abc import Iterable

from gitops_lab.engine.ownership import FIELD_MANAGER

MANAGERS = frozenset(
    {
        FIELD_MANAGER,
        "argocd-controller",
        "argocd-application-controller",
        "kustomize-controller",
        "helm-controller",
    }
)


def wrote(owners: Iterable[tuple[str, str]]) -> bool:
    """Whether an engine is among the (manager, operation) of a field. Ours only ever applies."""
    return any(
        manager in MANAGERS and (manager != FIELD_MANAGER or operation == "Apply")
        for manager, operation in owners
    )
