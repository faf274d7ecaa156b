"""Helm's annotations in the engine's own words, mapped as Argo CD maps them.

Hooks of an install and of an upgrade become one: to apply is both. Tests are left out, and so are
hooks of a rollback, which in GitOps is a commit like any other, and of a deletion, since there is
no release to delete.
"""

from typing import Any

from gitops_lab.engine.app import GROUP
from gitops_lab.engine.ownership import PRUNE
from gitops_lab.kube.objects import Object, annotations_of

HELM_HOOK = "helm.sh/hook"
_WEIGHT = "helm.sh/hook-weight"
_DELETE = "helm.sh/hook-delete-policy"
_KEEP = "helm.sh/resource-policy"

HOOK = f"{GROUP}/hook"
WAVE = f"{GROUP}/wave"
DELETE_POLICY = f"{GROUP}/hook-delete-policy"

_PHASES = {
    "pre-install": "pre-sync",
    "pre-upgrade": "pre-sync",
    "post-install": "post-sync",
    "post-upgrade": "post-sync",
}


def translated(obj: Object) -> Object | None:
    """The object with our annotations beside Helm's; None when it is not to be applied."""
    written = annotations_of(obj)
    ours: dict[str, str] = {}
    if HELM_HOOK in written:
        hooks = _words(written[HELM_HOOK])
        phases = dict.fromkeys(_PHASES[hook] for hook in hooks if hook in _PHASES)
        if not phases and "crd-install" not in hooks:
            return None
        if phases:
            ours[HOOK] = ",".join(phases)
            policies = _words(written.get(_DELETE, ""))
            ours[DELETE_POLICY] = ",".join(policies) or "before-hook-creation"
        if _WEIGHT in written:
            ours[WAVE] = written[_WEIGHT]
    if written.get(_KEEP) == "keep":
        ours[PRUNE] = "disabled"
    return _annotated(obj, ours) if ours else obj


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _annotated(obj: Object, annotations: dict[str, str]) -> Object:
    metadata: dict[str, Any] = dict(obj["metadata"])
    metadata["annotations"] = {**annotations, **(metadata.get("annotations") or {})}
    return {**obj, "metadata": metadata}
