"""The provider `existing`: nothing is created but a home for the Apps, and a mark is agreed on."""

import json
import re
import secrets
from pathlib import Path

from gitops_lab.errors import UsageError, WorkspaceError
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError
from gitops_lab.workspace import record as records
from gitops_lab.workspace.access import Entries, write_kubeconfig
from gitops_lab.workspace.connect import GUARDED
from gitops_lab.workspace.embedded import Embedded
from gitops_lab.workspace.existing.caution import refuse_unless_sure
from gitops_lab.workspace.existing.choice import INSTALL_CRDS, SURE, Choice, choose
from gitops_lab.workspace.existing.guard import GuardedClient
from gitops_lab.workspace.existing.neighbours import refuse_same_engine
from gitops_lab.workspace.existing.removal import remove_made
from gitops_lab.workspace.existing.rights import refuse_without_rights
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.plan import Report, WorkspacePlan

_OWN = "apps.kubeconfig"
_ANSWER_SECONDS = 10.0


class Existing:
    """A context of the user's kubeconfig, named by them; see `Provider` for the methods."""

    name = "existing"

    def __init__(self, plan: WorkspacePlan | None = None) -> None:
        self._plan = plan

    def preflight(self) -> None:
        """Ask everything that can be asked before something is made; it needs the plan."""
        plan = self._plan
        assert plan is not None
        choice = choose(plan.options)
        refuse_unless_sure(choice, bool(plan.options.get(SURE)))
        if len(plan.clusters) > 1:
            raise UsageError(
                f"this lab needs {len(plan.clusters)} clusters, and a context is one.",
                reason="SeveralClusters",
                hint="Start it with `--provider embedded` or `--provider kind`.",
            )
        client = Client.from_kubeconfig(choice.kubeconfig, choice.context)
        try:
            client.request("GET", "/version", timeout=_ANSWER_SECONDS)
            refuse_same_engine(client, plan.engine)
            refuse_without_rights(client, plan, install_crds=_installs(plan.options))
        except ApiError as error:
            raise _no_answer(choice, error) from error
        finally:
            client.close()

    def start(self, folder: Folder, cluster: str, report: Report) -> Entries:
        """The home of the Apps, unless that is the cluster itself; the user's own entries."""
        record = records.read(folder)
        root = folder.cluster(cluster)
        root.mkdir(parents=True, exist_ok=True)
        if not (root / GUARDED).exists():
            word = re.sub(r"[^A-Za-z0-9]+", "-", record.name)
            content = {"mark": f"{word}-{secrets.token_hex(4)}"}
            write_atomically(root / GUARDED, json.dumps(content))
        if not _installs(record.options):
            settings = root / "cluster.json"
            if not settings.exists():
                own = {"name": cluster, "port": 0, "kubelet_token": "", "only": "api"}
                write_atomically(settings, json.dumps(own))
            write_kubeconfig(root / _OWN, {cluster: Embedded().start(folder, cluster, report)})
        return choose(record.options).entries

    def settle(self, folder: Folder, cluster: str, report: Report) -> None:
        """Nothing: it runs pods for others already."""

    def running(self, folder: Folder, cluster: str) -> bool:
        """Whether the cluster answers, and our own store where there is one."""
        own = not _installs(records.read(folder).options)
        if own and not Embedded().running(folder, cluster):
            return False
        try:
            client = Client.from_kubeconfig(folder.kubeconfig, cluster)
            client.request("GET", "/version", timeout=_ANSWER_SECONDS)
            client.close()
        except ApiError:
            return False
        return True

    def stop(self, folder: Folder, cluster: str) -> None:
        """The cluster goes on; our own store is on disk."""
        Embedded().stop(folder, cluster)

    def delete(self, folder: Folder, cluster: str) -> tuple[str, ...]:
        """Remove exactly what was made; what stays is told."""
        Embedded().stop(folder, cluster)
        marks = folder.cluster(cluster) / GUARDED
        if not marks.exists():
            return ()
        choice = choose(records.read(folder).options)
        try:
            client = Client.from_kubeconfig(choice.kubeconfig, choice.context)
            return remove_made(client, json.loads(marks.read_text())["mark"])
        except ApiError as error:
            raise _no_answer(choice, error) from error


def open_guarded(root: Path, cluster: str, kubeconfig: Path, *, user_agent: str) -> GuardedClient:
    """The guarded client of a cluster that is somebody's own."""
    place = root / "clusters" / cluster
    mark = json.loads((place / GUARDED).read_text())["mark"]
    own = place / _OWN
    store = Client.from_kubeconfig(own, cluster, user_agent=user_agent) if own.exists() else None
    return GuardedClient.open(kubeconfig, cluster, mark, store, user_agent=user_agent)


def _installs(options: object) -> bool:
    return isinstance(options, dict) and bool(options.get(INSTALL_CRDS))


def _no_answer(choice: Choice, error: ApiError) -> WorkspaceError:
    return WorkspaceError(
        f"the cluster of the context {choice.context!r} said no: {error.message}",
        reason="ClusterFailed",
        hint=f"See that `kubectl --context {choice.context} version` works, then try again. "
        "If it is gone for good, `gitops-lab down --forget` removes what is on this machine.",
    )
