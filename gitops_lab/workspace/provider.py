"""What makes clusters. Few verbs, so that embedded, kind and existing clusters all fit."""

from typing import Protocol

from gitops_lab.workspace.access import Access, Entries
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.plan import Report


class Provider(Protocol):
    """Makes and keeps the clusters of a workspace. Each method may raise WorkspaceError.

    A provider finds everything about a cluster from the folder and the name alone, so that a
    command that comes later, or after a crash, can go on.
    """

    name: str

    def preflight(self) -> None:
        """Refuse, with the fix, what can't work on this machine."""

    def start(self, folder: Folder, cluster: str, report: Report) -> Access | Entries:
        """Create the cluster, or bring an existing one back with all that was in it.

        The API of one that is created answers then. What takes long is reported in steps, from
        whatever thread this runs on.
        """

    def settle(self, folder: Folder, cluster: str, report: Report) -> None:
        """Wait until one that was started can run pods; nothing where its start did."""

    def running(self, folder: Folder, cluster: str) -> bool:
        """Whether it answers, or will without help."""

    def stop(self, folder: Folder, cluster: str) -> None:
        """Stop it and keep its state."""

    def delete(self, folder: Folder, cluster: str) -> tuple[str, ...] | None:
        """Remove it with all that it left outside the workspace's folder; says what stays."""
