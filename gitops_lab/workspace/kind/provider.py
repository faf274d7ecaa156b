"""The kind provider: clusters of genuine Kubernetes, their nodes being containers.

A node has the workspace's folder mounted, from its first moment on: by that it is known as ours,
whatever was killed when. `kind.json` is written when a cluster is complete; nodes without it are
leftovers of a creation that was cut off, and are made anew.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from gitops_lab.errors import GitOpsLabError, WorkspaceError
from gitops_lab.kube import Client
from gitops_lab.workspace import record as records
from gitops_lab.workspace.access import Access, read_access
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.kind import config, frozen, refusals, sample_images, tool
from gitops_lab.workspace.kind.config import ClusterConfig, cluster_name
from gitops_lab.workspace.kind.readiness import wait_ready
from gitops_lab.workspace.kind.runtime import Node, Runtime
from gitops_lab.workspace.plan import Report, StepReport, timed
from gitops_lab.workspace.reach import Reach, write_reach

READY_SECONDS = 180.0
_STOP_SECONDS = 5
"""Some pods ignore the node's end; what Kubernetes has acknowledged is on disk by then."""
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_WORTH_ANOTHER = re.compile(
    "address already in use|port is already allocated"  # somebody else took it just now
    "|already exist for a cluster|is already in use by container"  # Docker ended late what we ended
)
_CREATING = threading.Lock()
"""Two at once would take each other's ports, and are no faster."""


class Kind:
    """Needs Docker and the kind command; see `Provider` for what each method promises."""

    name = "kind"

    def __init__(self) -> None:
        self._runtime = Runtime()
        self._beside = ThreadPoolExecutor()
        self._making: dict[str, Future[None]] = {}
        self._loading: dict[str, Future[None]] = {}
        self._looking: dict[str, Future[Reach]] = {}
        self._since: dict[str, datetime] = {}

    def preflight(self) -> None:
        """Refuse without a running Docker that we may use, or with a kind that is too old."""
        self._runtime.machine()
        found = tool.version()
        if found < tool.VERSION:
            wanted = ".".join(map(str, tool.VERSION))
            raise refusals.old_kind(".".join(map(str, found)), wanted)

    def start(self, folder: Folder, cluster: str, report: Report) -> Access:
        """Create it, or start the nodes of last time."""
        root = folder.cluster(cluster)
        (root / "node").mkdir(parents=True, exist_ok=True)
        nodes = self._own_nodes(folder, cluster)
        if _complete_file(folder, cluster).exists():
            stopped = not all(node.running for node in nodes)
            self._since[cluster] = datetime.now(UTC) if stopped else _LONG_AGO
            self._bring_back(folder, cluster, nodes)
        else:
            self._remove(folder, cluster, nodes)
            (root / "kubeconfig").unlink(missing_ok=True)  # of a creation that was cut off
            self._make(folder, cluster, report)
        self._note_reach(folder, cluster)
        return read_access(root / "kubeconfig")

    def settle(self, folder: Folder, cluster: str, report: Report) -> None:
        """Wait for its nodes, and for the samples' images in them; then it is complete."""
        name = cluster_name(folder, cluster)
        if (making := self._making.get(cluster)) is not None:
            making.result()
        loading = self._loading.get(cluster)
        with _ended(loading):
            with timed(report, f"Wait until it is ready ({cluster})"):
                client = Client.from_kubeconfig(folder.cluster(cluster) / "kubeconfig")
                ready = wait_ready(client, self._since.get(cluster, _LONG_AGO), READY_SECONDS)
                client.close()
            if not ready:
                self._keep_logs(folder, cluster)
                log = str(_log(folder, cluster))
                raise refusals.not_ready(f"the kind cluster {name!r}", READY_SECONDS, log)
        if loading is not None:
            loading.result()
        write_atomically(_complete_file(folder, cluster), json.dumps({"name": name}))

    def running(self, folder: Folder, cluster: str) -> bool:
        """Whether its nodes do, as Docker says."""
        try:
            nodes = self._runtime.nodes(cluster_name(folder, cluster))
        except WorkspaceError:
            return False
        return bool(nodes) and all(node.running for node in nodes)

    def stop(self, folder: Folder, cluster: str) -> None:
        """Stop the nodes; all that is in them stays."""
        running = [n.id for n in self._own_nodes(folder, cluster) if n.running]
        if running:
            self._runtime.stop(running, _STOP_SECONDS)

    def delete(self, folder: Folder, cluster: str) -> None:
        """Remove the nodes with their volumes; kind's network stays, as other clusters share it."""
        if not shutil.which(self._runtime.program):
            return
        with _CREATING:  # where another cluster's start failed, kind may still be at this one
            self._remove(folder, cluster, self._own_nodes(folder, cluster))

    # -- steps

    def _own_nodes(self, folder: Folder, cluster: str) -> list[Node]:
        name = cluster_name(folder, cluster)
        nodes = self._runtime.nodes(name)
        if any(node.owner is None or not _same(node.owner, folder, cluster) for node in nodes):
            raise refusals.foreign_cluster(name)
        return nodes

    def _bring_back(self, folder: Folder, cluster: str, nodes: list[Node]) -> None:
        if not nodes:
            raise refusals.lost_cluster(cluster_name(folder, cluster))
        stopped = [node.id for node in nodes if not node.running]
        if stopped:
            self._runtime.run("start", *stopped, timeout=120)

    def _make(self, folder: Folder, cluster: str, report: Report) -> None:
        """Begin to create it, and wait until its API answers; `settle` waits for the rest."""
        answers = threading.Event()

        def heard(step: StepReport) -> None:
            report(step)
            if step.done and step.title == tool.CONFIGURED:  # once more if it is tried once more
                self._load(folder, cluster, report)
                self._looking[cluster] = self._beside.submit(self._reach, folder, cluster)
            if step.done and step.title == tool.ANSWERS:
                answers.set()

        def make() -> None:
            try:
                with _CREATING:
                    self._create(folder, cluster, heard)
            except BaseException:
                with _ended(self._loading.get(cluster)):
                    raise
            if cluster not in self._loading:  # a kind that words its steps in another way
                self._load(folder, cluster, report)

        making = self._making[cluster] = self._beside.submit(make)
        making.add_done_callback(lambda _: answers.set())
        answers.wait()
        if making.done():
            making.result()

    def _load(self, folder: Folder, cluster: str, report: Report) -> None:
        """Its nodes take images while Kubernetes starts, which is mostly waiting."""
        self._loading[cluster] = self._beside.submit(_load, folder, cluster, report)

    def _create(self, folder: Folder, cluster: str, report: Report) -> None:
        image = config.node_image(self._runtime)
        failed, said = self._try_create(folder, cluster, image, report, _free_ports())
        if failed and _WORTH_ANOTHER.search(said):
            self._remove(folder, cluster, self._own_nodes(folder, cluster))
            any_ports = dict.fromkeys(config.NODE_PORTS, 0)
            failed, said = self._try_create(folder, cluster, image, report, any_ports)
        if failed:
            self._keep_logs(folder, cluster)
            if not os.environ.get(tool.VERBOSE_VARIABLE):
                print(said, file=sys.stderr)
            raise refusals.of_kind(said, image, str(_log(folder, cluster)))

    def _try_create(
        self, folder: Folder, cluster: str, image: str, report: Report, ports: dict[int, int]
    ) -> tuple[bool, str]:
        root = folder.cluster(cluster)
        asked = ClusterConfig(
            name=cluster_name(folder, cluster),
            image=image,
            owner=root / "node",
            ports=ports,
            machine=self._runtime.machine(),
            nodes=_nodes(folder),
        )
        write_atomically(root / "kind.yaml", asked.render())
        arguments = ["create", "cluster", "--retain", "--config", str(root / "kind.yaml")]
        # Who we are is asked for before kind is done and has written its own.
        with tempfile.TemporaryDirectory() as scratch:
            arguments += ["--kubeconfig", f"{scratch}/kubeconfig"]
            code, said = tool.run(arguments, _log(folder, cluster), report)
        return bool(code), said

    def _note_reach(self, folder: Folder, cluster: str) -> None:
        """Note how both sides reach each other, and who we are there unless that is known."""
        root = folder.cluster(cluster)
        name = cluster_name(folder, cluster)
        if not (root / "kubeconfig").exists():
            arguments = ["export", "kubeconfig", "--name", name]
            tool.run([*arguments, "--kubeconfig", str(root / "kubeconfig")], _log(folder, cluster))
        looking = self._looking.pop(cluster, None)
        write_reach(root, looking.result() if looking else self._reach(folder, cluster))

    def _reach(self, folder: Folder, cluster: str) -> Reach:
        """How both sides reach each other, as Docker says; the same while a node runs."""
        nodes = self._runtime.nodes(cluster_name(folder, cluster))
        ports = {inside: out for node in nodes for inside, out in node.ports.items()}
        node_ports = {inside: out for inside, out in ports.items() if inside in config.NODE_PORTS}
        return Reach(node_ports, self._runtime.gateway())

    def _remove(self, folder: Folder, cluster: str, nodes: Iterable[Node]) -> None:
        """Delete nodes that are ours; kind's own deletion also clears its kubeconfig."""
        ids = [node.id for node in nodes]
        if not ids:
            return
        arguments = ["delete", "cluster", "--name", cluster_name(folder, cluster)]
        with tempfile.TemporaryDirectory() as scratch:
            arguments += ["--kubeconfig", f"{scratch}/kubeconfig"]
            code, said = tool.run(arguments, _log(folder, cluster))
            if code and frozen.freed(said, ids):
                code, said = tool.run(arguments, _log(folder, cluster))
        if code:
            raise refusals.of_runtime(self._runtime.program, said)

    def _keep_logs(self, folder: Folder, cluster: str) -> None:
        """What the nodes logged, beside kind's own output; best effort, as something is broken."""
        into = _log(folder, cluster).with_suffix(".nodes")
        arguments = ["export", "logs", str(into), "--name", cluster_name(folder, cluster)]
        try:
            tool.run(arguments, _log(folder, cluster))
        except (GitOpsLabError, OSError):
            return


@contextlib.contextmanager
def _ended(loading: Future[None] | None) -> Iterator[None]:
    """Whatever comes, loading has ended then: nothing writes any more into what is undone."""
    try:
        yield
    finally:
        if loading is not None:
            wait([loading])


def _load(folder: Folder, cluster: str, report: Report) -> None:
    with timed(report, f"Load the samples' images ({cluster})"):
        sample_images.load(cluster_name(folder, cluster), folder.log(f"kind-{cluster}-images"))


def _nodes(folder: Folder) -> int:
    """Of how many nodes a cluster is; of one where somebody asks for it without a workspace."""
    options = records.read(folder).options if folder.record.exists() else {}
    return int(options.get(config.NODES, 1))


def _same(owner: Path, folder: Folder, cluster: str) -> bool:
    return os.path.realpath(owner) == os.path.realpath(folder.cluster(cluster) / "node")


def _complete_file(folder: Folder, cluster: str) -> Path:
    return folder.cluster(cluster) / "kind.json"


def _log(folder: Folder, cluster: str) -> Path:
    return folder.log(f"kind-{cluster}")


def _free_ports() -> dict[int, int]:
    """Each NodePort at its own number on 127.0.0.1; where that is taken, at any free one."""
    return {port: port if _is_free(port) else 0 for port in config.NODE_PORTS}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
