"""Kinds that `argocd-cm` excludes: Argo CD acts as if their objects were not there. Pure."""

from collections.abc import Callable
from dataclasses import replace

from gitops_lab.dialects.argocd.application.targets import Targets
from gitops_lab.kube.objects import GroupKind, name_of


def visible(
    targets: Targets, is_excluded: Callable[[GroupKind], bool]
) -> tuple[Targets, tuple[str, ...]]:
    """What is to be there without them, and what Argo CD says of those that are left out."""
    kept, said = [], []
    for obj in targets.objects:
        kind = GroupKind.of(obj)
        if is_excluded(kind):
            what = f"{kind.group}/{kind.kind} {name_of(obj)}"
            said.append(f"Resource {what} is excluded in the settings")
        else:
            kept.append(obj)
    return (replace(targets, objects=tuple(kept)) if said else targets), tuple(said)
