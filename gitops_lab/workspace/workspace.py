"""A workspace that exists: what is in it and how to reach it."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from gitops_lab.errors import WorkspaceError
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, audit
from gitops_lab.kube.helm import tools_folder
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.workspace import chain, processes
from gitops_lab.workspace import record as records
from gitops_lab.workspace.command import command_folder
from gitops_lab.workspace.connect import connect
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.page import WEBHOOK, page_link, webhook_secret
from gitops_lab.workspace.provider import Provider
from gitops_lab.workspace.providers import provider_named
from gitops_lab.workspace.record import Record
from gitops_lab.workspace.registry import address_of, login_file

LOOP = "loop"


class Workspace:
    """Opened by name; raises WorkspaceError when there is none."""

    def __init__(self, folder: Folder, record: Record | None = None) -> None:
        self.folder = folder
        self.record = record or records.read(folder)
        self._clients: dict[str, Client] = {}

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self.record.name

    @property
    def root(self) -> Path:
        """The folder with all its state."""
        return self.folder.root

    @property
    def lab_name(self) -> str:
        """The lab that it was started for, "" for none."""
        return self.record.lab

    @property
    def lab_path(self) -> Path | None:
        """The folder of that lab."""
        return Path(self.record.lab_path) if self.record.lab_path else None

    @property
    def engine(self) -> str:
        """Which engine serves the lab's apps: `builtin`, `argocd` or `flux`."""
        return self.record.engine

    @property
    def clusters(self) -> tuple[str, ...]:
        """The names of its clusters; the first holds the Apps."""
        return self.record.clusters

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What was picked for this learner."""
        return self.record.parameters

    @property
    def kubeconfig(self) -> Path:
        """One kubeconfig, a context for each cluster."""
        return self.folder.kubeconfig

    @property
    def credentials_file(self) -> Path:
        """What git's credential helper reads; never shown."""
        return self.folder.git_credentials

    @cached_property
    def repositories(self) -> Repositories:
        """The bare repositories behind the Git server."""
        return Repositories(self.folder.repositories)

    @cached_property
    def git_token(self) -> str:
        """The password of the Git server; never shown."""
        return self.folder.token.read_text()

    @property
    def provider(self) -> Provider:
        """What made the clusters."""
        return provider_named(self.record.provider)

    def client(self, cluster: str = "") -> Client:
        """A client of one cluster, the first when none is named. Raises WorkspaceError."""
        name = cluster or self.clusters[0]
        if name not in self.clusters:
            raise WorkspaceError(
                f"the workspace has no cluster {name!r}.",
                reason="NoCluster",
                hint=f"It has: {', '.join(self.clusters)}.",
            )
        if name not in self._clients:
            self._clients[name] = connect(self.root, name)
        return self._clients[name]

    def audit_log(self, cluster: str) -> Path | None:
        """The file in which a cluster notes who wrote what; None when it keeps none."""
        file = self.folder.cluster(cluster) / audit.FILE_NAME
        return file if any(path.exists() for path in audit.paths(file)) else None

    def clone_url(self, repo: str) -> str:
        """Where the Git server has a repository; without credentials."""
        return f"http://127.0.0.1:{self.record.git_port}/{repo}.git"

    def page_link(self, page: str = "") -> str:
        """The live page, or `class` or `notes` beside it: whoever has the link may use it."""
        return page_link(self.git_token, self.record.page_port, page)

    def webhook(self) -> tuple[str, str]:
        """Where a Git host can tell of a push, and the secret that it signs with."""
        url = f"http://127.0.0.1:{self.record.git_port}{WEBHOOK}"
        return url, webhook_secret(self.git_token)

    def chain(self) -> Iterator[dict[str, Any]]:
        """Each step of the chain from now on, as `chain.follow` has it. Raises WorkspaceError."""
        return chain.follow(self.record.git_port, self.git_token)

    def clone_dir(self, repo: str) -> Path:
        """The learner's clone. Raises WorkspaceError when there is none of that name."""
        try:
            return Path(self.record.clones[repo])
        except KeyError:
            raise WorkspaceError(
                f"there is no clone of {repo!r}.",
                reason="NoClone",
                hint=f"There are: {', '.join(self.record.clones) or 'none'}.",
            ) from None

    def running(self) -> bool:
        """Whether the engine and every cluster run."""
        return not self.missing()

    def missing(self) -> list[str]:
        """What should run and does not, in words."""
        loop = processes.read(self.folder.pid(LOOP))
        gone = [] if loop is not None and loop.alive else ["the engine"]
        provider = self.provider
        gone += [f"cluster {c}" for c in self.clusters if not provider.running(self.folder, c)]
        return gone if self.kubeconfig.exists() else [*gone, "no kubeconfig"]

    def require_running(self) -> None:
        """Raise WorkspaceError, saying what is missing, unless all runs."""
        if missing := self.missing():
            raise WorkspaceError(
                f"the workspace {self.name!r} is not running ({', '.join(missing)}).",
                reason="NotRunning",
                hint=f"`gitops-lab start {self.lab_name or ''}`".rstrip()
                + " brings it back as it was."
                if self.lab_name
                else "`gitops-lab up` brings it back as it was.",
            )

    def environment(self) -> dict[str, str]:
        """What a shell needs: the cluster, our kubectl and `gitops-lab` itself on PATH.

        What `scripts/tools` fetched comes last: the learner's own helm goes first.
        """
        ours = [str(kubectl().parent), str(command_folder(self.root))]
        path = os.pathsep.join(
            [*dict.fromkeys(ours), os.environ.get("PATH", ""), str(tools_folder())]
        )
        return {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "PATH": path,
            "GITOPS_LAB_HOME": str(self.folder.home),
            "GITOPS_LAB_WORKSPACE": self.name,
            "GITOPS_LAB_COMMAND": "gitops-lab",
            "GIT_TERMINAL_PROMPT": "0",
            "GITOPS_LAB_REGISTRY": address_of(self.root),
            "HELM_REGISTRY_CONFIG": str(login_file(self.root)),
        }
