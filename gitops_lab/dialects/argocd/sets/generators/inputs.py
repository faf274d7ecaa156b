"""What generators read from outside, as a protocol: repositories and cluster Secrets."""

from collections.abc import Sequence
from typing import Protocol

from gitops_lab.dialects.argocd.cluster_secrets import ClusterEntry


class Inputs(Protocol):
    """The outside, as generators see it. Methods raise SetError with the reason."""

    def clusters(self) -> Sequence[ClusterEntry]:
        """All clusters, the one in which Argo CD runs among them."""

    def commit(self, url: str, revision: str) -> str:
        """The commit that a revision of a repository stands for; "" is its default branch."""

    def files(self, url: str, commit: str) -> Sequence[str]:
        """The paths of all files of a commit."""

    def read(self, url: str, commit: str, path: str) -> str:
        """The text of a file."""
