"""An engine that is in the cluster already: two of a kind would fight over the same objects."""

from gitops_lab.engine.app import GROUP
from gitops_lab.errors import WorkspaceError
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError

_KINDS = {
    "builtin": ((GROUP, "GitOpsApp"),),
    "argocd": (("argoproj.io", "Application"), ("argoproj.io", "ApplicationSet")),
    "flux": (
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("source.toolkit.fluxcd.io", "GitRepository"),
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ),
}
_CONTROLLERS = {
    "argocd": "app.kubernetes.io/part-of=argocd",
    "flux": "app.kubernetes.io/part-of=flux",
}


def refuse_same_engine(client: Client, engine: str) -> None:
    """Raises WorkspaceError when the engine's kinds or its controllers are there."""
    served = {(info.group, info.kind) for info in client.resources()}
    for group, kind in _KINDS.get(engine, ()):
        if (group, kind) in served:
            raise _there(engine, f"its kind {kind} ({group}) is defined")
    if selector := _CONTROLLERS.get(engine):
        try:
            found = client.list("apps/v1", "Deployment", label_selector=selector).items
        except ApiError:  # we may not look: then the kinds alone tell
            return
        if found:
            metadata = found[0]["metadata"]
            what = f"its controller {metadata['namespace']}/{metadata['name']} runs"
            raise _there(engine, what)


def _there(engine: str, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"the engine {engine} is in this cluster already: {what}. Nothing was changed.",
        reason="EngineInCluster",
        hint="Choose a cluster without it, or `--provider embedded` or `kind`.",
    )
