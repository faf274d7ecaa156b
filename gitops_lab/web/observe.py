"""What feeds the board: watches on the clusters, the engine's chain, and pushes."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.engine import ops
from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.engine.errors import StageError
from gitops_lab.engine.events import Chain, ChainEvent
from gitops_lab.engine.ownership import APP_LABEL
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import GitError, Repositories
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import uid_of
from gitops_lab.web.board import Board
from gitops_lab.web.commits import Commits
from gitops_lab.web.facts import AppFact, Key
from gitops_lab.web.passes import Passes
from gitops_lab.web.read import app_fact, broken, node_fact

log = logging.getLogger(__name__)

_CHILDREN = (("apps/v1", "ReplicaSet"), ("v1", "Pod"), ("batch/v1", "Job"))
"""Kinds that others make: followed without our label, as only the parents carry it."""
_Kind = tuple[str, str]


@dataclass(frozen=True)
class Scene:
    """What there is to see: the clusters by name (the first holds the Apps), Git, the engine.

    `root` is the workspace's folder. `shared` says that the clusters are not ours alone: then
    nothing is followed outside of the namespaces of the Apps.
    """

    root: Path
    name: str
    clients: Mapping[str, Client]
    chain: Chain
    sources: SourceStore
    repositories: Repositories
    environment: Mapping[str, str]
    shared: bool = False

    @property
    def home(self) -> Client:
        """Where the Apps are."""
        return next(iter(self.clients.values()))


class Observer:
    """Puts facts on the board from when it starts until it stops."""

    def __init__(self, scene: Scene, board: Board) -> None:
        self._scene = scene
        self._board = board
        self._passes = Passes()
        self._lock = threading.Lock()
        self._informers: dict[tuple[str, _Kind, str], Informer] = {}
        self._commits = Commits(scene.repositories)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._apps = Informer(scene.home, API_VERSION, KIND, on_event=self._on_app, keep=_identity)
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin; returns at once."""
        for event in self._scene.chain.recent():
            self._on_chain(event)
        self._unsubscribe = self._scene.chain.subscribe(self._on_chain)
        self._apps.start()
        for cluster in self._scene.clients:
            if not self._scene.shared:
                self._follow(cluster, _CHILDREN, [""])
        for name in self._scene.repositories.names():
            self.pushed(name)

    def wait(self, seconds: float) -> None:
        """Until the first lists are in, or that long."""
        deadline = time.monotonic() + seconds
        self._apps.wait_synced(seconds)
        for informer in list(self._informers.values()):
            informer.wait_synced(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """End all watches."""
        self._unsubscribe()
        self._apps.stop()
        with self._lock:
            informers = list(self._informers.values())
        for informer in informers:
            informer.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def pushed(self, repo: str) -> None:
        """A repository has new commits."""
        self._submit(self._read_graph, repo)

    def explain(self, app: AppFact) -> None:
        """Find out all that can be known of an App that is not well; the board is told."""
        self._submit(self._explain, app)

    def _submit(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            self._worker.submit(call, *arguments)
        except RuntimeError:
            log.debug("the page has ended")

    def _read_graph(self, repo: str) -> None:
        try:
            self._board.put({("repo", repo): self._commits.graph(repo)})
        except GitError as error:
            log.info("the graph of %s: %s", repo, error)

    def _explain(self, app: AppFact) -> None:
        scene = self._scene
        try:
            view = ops.find_app(scene.home, app.name, app.namespace)
            told = ops.explain_app(view, scene.clients, scene.sources)
        except (ApiError, StageError, OSError) as error:
            log.info("explaining %s: %s", app.id, error)
            return
        version = str(view.obj["metadata"].get("resourceVersion", ""))
        self._board.put({("explained", app.id): (version, broken(told))})

    def _on_chain(self, event: ChainEvent) -> None:
        with self._lock:
            changes, moment = self._passes.take(event)
        if changes:
            self._board.put(changes, moment=moment)

    def _on_app(self, event: str, obj: Object, old: Object | None) -> None:
        app = app_fact(obj)
        changes: dict[Key, Any] = {("app", app.id): None if event == "DELETED" else app}
        if event != "DELETED":
            self._follow(app.cluster, app.kinds, [""], APP_LABEL)
            if self._scene.shared:
                spaces = {row.key.namespace for row in app.rows} - {""}
                self._follow(app.cluster, _CHILDREN, spaces)
        with self._lock:
            if app.sync == "Synced":
                changes |= self._passes.synced(app.id)
            if app.sync == "Synced" and app.health == "Healthy":
                changes |= self._passes.healthy(app.id, time.time())
        self._board.put(changes)

    def _follow(
        self, cluster: str, kinds: Iterable[_Kind], namespaces: Iterable[str], label: str = ""
    ) -> None:
        client = self._scene.clients.get(cluster)
        if client is None:
            return
        for kind in kinds:
            for namespace in namespaces:
                place = (cluster, kind, namespace)
                with self._lock:
                    if place in self._informers or (label and kind in _CHILDREN):
                        continue
                    self._informers[place] = informer = Informer(
                        client,
                        *kind,
                        namespace,
                        label_selector=label,
                        on_event=self._on_node(cluster, kind),
                        keep=_identity,
                    )
                informer.start()

    def _on_node(self, cluster: str, kind: _Kind) -> Callable[[str, Object, Object | None], None]:
        def on_node(event: str, obj: Object, old: Object | None) -> None:
            uid = uid_of(obj) or uid_of(old or {})
            fact = None if event == "DELETED" else node_fact(cluster, obj, kind)
            self._board.put({("node", cluster, uid): fact})

        return on_node


def _identity(obj: Object) -> Object:
    metadata = obj["metadata"]
    names = ("namespace", "name", "resourceVersion", "uid")
    kept = {name: metadata[name] for name in names if name in metadata}
    return {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": kept}
