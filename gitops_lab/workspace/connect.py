"""The client of a workspace's cluster: guarded where the cluster isn't the workspace's own."""

from pathlib import Path

from gitops_lab.kube import Client
from gitops_lab.workspace.existing.provider import open_guarded


def connect(root: Path, cluster: str, *, user_agent: str = "gitops-lab") -> Client:
    """A client of one cluster of the workspace in `root`. Raises KubeconfigError."""
    kubeconfig = root / "kubeconfig"
    guarded = open_guarded(root, cluster, kubeconfig, user_agent=user_agent)
    return guarded or Client.from_kubeconfig(kubeconfig, cluster, user_agent=user_agent)
