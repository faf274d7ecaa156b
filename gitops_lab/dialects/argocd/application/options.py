"""Sync options, on the Application and on single objects, and the other annotations of objects."""

from collections.abc import Iterable
from dataclasses import dataclass

from gitops_lab.kube.objects import Object, annotations_of

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
WAVE = "argocd.argoproj.io/sync-wave"
HOOK = "argocd.argoproj.io/hook"
HOOK_DELETE = "argocd.argoproj.io/hook-delete-policy"
IGNORE_HEALTH = "argocd.argoproj.io/ignore-healthcheck"
HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"
HELM_HOOK = "helm.sh/hook"
HELM_WEIGHT = "helm.sh/hook-weight"
HELM_DELETE = "helm.sh/hook-delete-policy"
HELM_KEEP = "helm.sh/resource-policy"
CRD_INSTALL = "crd-install"

PHASES = ("PreSync", "Sync", "PostSync", "SyncFail")
_OTHER_HOOKS = ("Skip", "PreDelete", "PostDelete")
_HELM_PHASES = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
    "pre-delete": "PreDelete",
    "post-delete": "PostDelete",
}
_HELM_POLICIES = {
    "before-hook-creation": "BeforeHookCreation",
    "hook-succeeded": "HookSucceeded",
    "hook-failed": "HookFailed",
}


@dataclass(frozen=True)
class SyncOptions:
    """`syncPolicy.syncOptions`, or an operation's."""

    validate: bool = True
    create_namespace: bool = False
    prune_last: bool = False
    out_of_sync_only: bool = False
    replace: bool = False
    force: bool = False
    server_side: bool = False
    respect_ignored: bool = False
    fail_on_shared: bool = False
    skip_missing: bool = False
    propagation: str = "Foreground"
    prune_confirm: bool = False

    @classmethod
    def parse(cls, words: Iterable[str]) -> "SyncOptions":
        """From `Name=value` words; what isn't known has no effect, as in Argo CD."""
        said = dict(word.partition("=")[::2] for word in words)

        def on(name: str) -> bool:
            return said.get(name, "").lower() == "true"

        propagation = said.get("PrunePropagationPolicy", "foreground").capitalize()
        return cls(
            validate=said.get("Validate", "true").lower() != "false",
            create_namespace=on("CreateNamespace"),
            prune_last=on("PruneLast"),
            out_of_sync_only=on("ApplyOutOfSyncOnly"),
            replace=on("Replace"),
            force=on("Force"),
            server_side=on("ServerSideApply"),
            respect_ignored=on("RespectIgnoreDifferences"),
            fail_on_shared=on("FailOnSharedResource"),
            skip_missing=on("SkipDryRunOnMissingResource"),
            propagation=propagation,
            prune_confirm=said.get("Prune", "").lower() == "confirm",
        )


def has_option(obj: Object | None, annotation: str, option: str) -> bool:
    """Whether an object carries an option such as `Prune=false`."""
    words = annotations_of(obj or {}).get(annotation, "").split(",")
    return option in (word.strip() for word in words)


def hooks_of(obj: Object) -> tuple[str, ...]:
    """The hook types of an object, Helm's where it has none of Argo CD's; () for none."""
    annotations = annotations_of(obj)
    if HOOK in annotations:
        words = [word.strip() for word in annotations[HOOK].split(",")]
        return tuple(word for word in words if word in (*PHASES, *_OTHER_HOOKS))
    words = [word.strip() for word in annotations.get(HELM_HOOK, "").split(",")]
    return tuple(dict.fromkeys(_HELM_PHASES[word] for word in words if word in _HELM_PHASES))


def is_hook(obj: Object) -> bool:
    """Whether an object is made to run, or for the end, and not to stay."""
    if HOOK in annotations_of(obj):
        found = hooks_of(obj)
        return bool(found) and found != ("Skip",)
    helm = annotations_of(obj).get(HELM_HOOK, "")
    return bool(helm) and helm.strip() != CRD_INSTALL


def is_skipped(obj: Object) -> bool:
    """Whether an object is left out of every sync."""
    return "Skip" in hooks_of(obj)


def delete_policies(obj: Object) -> tuple[str, ...]:
    """When a hook is deleted; before it is made again, if nothing is said."""
    annotations = annotations_of(obj)
    if HOOK_DELETE in annotations:
        words = [word.strip() for word in annotations[HOOK_DELETE].split(",")]
        found = tuple(word for word in words if word in _HELM_POLICIES.values())
    else:
        words = [word.strip() for word in annotations.get(HELM_DELETE, "").split(",")]
        found = tuple(_HELM_POLICIES[word] for word in words if word in _HELM_POLICIES)
    return found or ("BeforeHookCreation",)


def wave_of(obj: Object | None) -> int:
    """The wave of an object; a Helm hook's weight counts where no wave is said."""
    annotations = annotations_of(obj or {})
    for name in (WAVE, HELM_WEIGHT):
        text = annotations.get(name, "")
        if text.lstrip("+-").isdecimal():
            return int(text)
    return 0
