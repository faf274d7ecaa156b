"""The embedded provider: a cluster is one background process of our own."""

import json
import os
import secrets
import sys

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace import certificates, processes
from gitops_lab.workspace.access import Access
from gitops_lab.workspace.certificates import KeyPair
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.plan import Report


class Embedded:
    """Needs nothing but Python: the API server, controllers and node run in `gitops_lab.host`."""

    name = "embedded"

    def preflight(self) -> None:
        """Refuse native Windows, where pods can't run as processes the way we need."""
        if sys.platform == "win32":
            raise WorkspaceError(
                "GitOps Lab does not run on Windows itself.",
                reason="UnsupportedSystem",
                hint="Install WSL with `wsl --install` and run it there.",
            )

    def start(self, folder: Folder, cluster: str, report: Report) -> Access:
        """Start the process on its port of last time, or on a free one."""
        if not self.running(folder, cluster):
            processes.end(processes.read(folder.pid(_process(cluster))))
            self._prepare(folder, cluster)
            self._spawn(folder, cluster)
        settings = json.loads((folder.cluster(cluster) / "cluster.json").read_text())
        return Access(
            f"https://127.0.0.1:{settings['port']}",
            folder.ca_certificate.read_bytes(),
            folder.token.read_text(),
        )

    def settle(self, folder: Folder, cluster: str, report: Report) -> None:
        """Nothing: it says that it is ready when it can run pods."""

    def running(self, folder: Folder, cluster: str) -> bool:
        """Whether its process lives."""
        process = processes.read(folder.pid(_process(cluster)))
        return process is not None and process.alive

    def stop(self, folder: Folder, cluster: str) -> None:
        """End the process; the store is on disk."""
        processes.end(processes.read(folder.pid(_process(cluster))))

    def delete(self, folder: Folder, cluster: str) -> None:
        """The same as stop: all state lies in the workspace's folder."""
        self.stop(folder, cluster)

    def _prepare(self, folder: Folder, cluster: str) -> None:
        root = folder.cluster(cluster)
        root.mkdir(parents=True, exist_ok=True)
        pair = KeyPair(root / "server.crt", root / "server.key")
        if not pair.certificate.exists():
            authority = KeyPair(folder.ca_certificate, folder.ca_key)
            certificates.issue(authority, pair, f"gitops-lab {cluster}", ("127.0.0.1",))
        settings = root / "cluster.json"
        if not settings.exists():
            content = {"name": cluster, "port": 0, "kubelet_token": secrets.token_urlsafe(32)}
            write_atomically(settings, json.dumps(content))

    def _spawn(self, folder: Folder, cluster: str) -> None:
        root = folder.cluster(cluster)
        answer = processes.spawn(
            ["cluster", "--workspace", str(folder.root), "--cluster", cluster],
            pid_file=folder.pid(_process(cluster)),
            log_file=folder.log(_process(cluster)),
            environment=host_environment(),
        )
        settings = json.loads((root / "cluster.json").read_text())
        if settings["port"] != answer["port"]:
            settings["port"] = answer["port"]
            write_atomically(root / "cluster.json", json.dumps(settings))


def host_environment() -> dict[str, str]:
    """The environment of a background process: nothing that points at other clusters or repos."""
    drop = ("KUBECONFIG", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "PYTHONSTARTUP")
    return {key: value for key, value in os.environ.items() if key not in drop}


def _process(cluster: str) -> str:
    return f"cluster-{cluster}"
