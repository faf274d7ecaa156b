"""The client of a workspace's cluster: guarded where the cluster isn't the workspace's own."""

from pathlib import Path

from gitops_lab.kube import Client

GUARDED = "existing.json"
"""In a cluster's folder: the cluster is somebody's own."""


def connect(root: Path, cluster: str, *, user_agent: str = "gitops-lab") -> Client:
    """A client of one cluster of the workspace in `root`. Raises KubeconfigError."""
    kubeconfig = root / "kubeconfig"
    if not (root / "clusters" / cluster / GUARDED).exists():
        return Client.from_kubeconfig(kubeconfig, cluster, user_agent=user_agent)
    from gitops_lab.workspace.existing.provider import open_guarded

    return open_guarded(root, cluster, kubeconfig, user_agent=user_agent)
