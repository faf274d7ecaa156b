"""What feeds the board: watches on the clusters, the engine's chain, and pushes."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.engine import ops
from gitops_lab.engine.errors import AppError, StageError
from gitops_lab.engine.events import Chain, ChainEvent
from gitops_lab.engine.front import Front
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import GitError, Repositories
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import uid_of
from gitops_lab.web.board import Board
from gitops_lab.web.commits import Commits
from gitops_lab.web.engines import Engines
from gitops_lab.web.facts import AppFact, Key
from gitops_lab.web.passes import Passes
from gitops_lab.web.read import app_fact, broken, node_fact

log = logging.getLogger(__name__)

_CHILDREN = (("apps/v1", "ReplicaSet"), ("v1", "Pod"), ("batch/v1", "Job"))
"""Kinds that others make: followed without our label, as only the parents carry it."""
_Kind = tuple[str, str]
_Followed = tuple[str, _Kind, str, str]
"""Cluster, kind, namespace ("" all), label ("" all)."""


@dataclass(frozen=True)
class Scene:
    """What there is to see: the clusters by name (the first holds the Apps), Git, the engine.

    `root` is the workspace's folder, `engines` whose Apps there are. `shared` says that the
    clusters are not ours alone: then nothing is followed outside of the namespaces of the Apps.
    """

    root: Path
    name: str
    clients: Mapping[str, Client]
    chain: Chain
    sources: SourceStore
    repositories: Repositories
    environment: Mapping[str, str]
    shared: bool = False
    engines: Engines = field(default_factory=Engines)

    @property
    def home(self) -> Client:
        """Where the Apps are."""
        return next(iter(self.clients.values()))

    def view(self, app: AppFact) -> ops.AppView:
        """An App as it is now, as a GitOpsApp. Raises AppError or ApiError."""
        front = self.engines.front(app.front)
        if front is None:
            raise AppError(
                f"the engine of {app.kind} {app.id} is not served.", reason="AppNotFound"
            )
        return self.engines.find(self.home, front, app.namespace, app.name)


class Observer:
    """Puts facts on the board from when it starts until it stops."""

    def __init__(self, scene: Scene, board: Board) -> None:
        self._scene = scene
        self._board = board
        self._passes = Passes()
        self._lock = threading.Lock()
        self._informers: dict[_Followed, Informer] = {}
        self._fronts: dict[str, Informer] = {}
        self._commits = Commits(scene.repositories)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin; returns at once."""
        for event in self._scene.chain.recent():
            self._on_chain(event)
        self._unsubscribe = self._scene.chain.subscribe(self._on_chain)
        self.look()
        for cluster in self._scene.clients:
            if not self._scene.shared:
                self._follow(cluster, _CHILDREN, [""])
        for name in self._scene.repositories.names():
            self.pushed(name)

    def look(self) -> None:
        """Follow the Apps of each engine that is spoken by now."""
        for front in self._scene.engines.fronts():
            if front.name not in self._fronts:
                self._fronts[front.name] = informer = Informer(
                    self._scene.home,
                    front.api_version,
                    front.kind,
                    on_event=self._on_app(front),
                    keep=_identity,
                )
                informer.start()

    def wait(self, seconds: float) -> None:
        """Until the first lists are in, or that long."""
        deadline = time.monotonic() + seconds
        for informer in [*self._fronts.values(), *self._informers.values()]:
            informer.wait_synced(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """End all watches."""
        self._unsubscribe()
        with self._lock:
            informers = [*self._fronts.values(), *self._informers.values()]
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
            view = scene.view(app)
            told = ops.explain_app(view, scene.clients, scene.sources)
        except (ApiError, StageError, OSError) as error:
            log.info("explaining %s: %s", app.id, error)
            return
        version = str(view.obj["metadata"].get("resourceVersion", ""))
        self._board.put({("explained", app.id): (version, broken(told, app.kind))})

    def _on_chain(self, event: ChainEvent) -> None:
        with self._lock:
            changes, moment = self._passes.take(event)
        if changes:
            self._board.put(changes, moment=moment)

    def _on_app(self, front: Front) -> Callable[[str, Object, Object | None], None]:
        def on_app(event: str, obj: Object, old: Object | None) -> None:
            gone = event == "DELETED"
            try:
                made = obj if gone else self._scene.engines.form(front, obj)
                self._put_app(front, app_fact(made, front.name, front.kind), gone)
            except Exception:  # one App that can't be read must not hide the others
                log.exception("reading a %s", front.kind)

        return on_app

    def _put_app(self, front: Front, app: AppFact, gone: bool) -> None:
        changes: dict[Key, Any] = {("app", app.id): None if gone else app}
        if not gone:
            self._follow_app(front, app)
        with self._lock:
            if app.sync == "Synced":
                changes |= self._passes.synced(app.id)
            if app.sync == "Synced" and app.health == "Healthy":
                changes |= self._passes.healthy(app.id, time.time())
        self._board.put(changes)

    def _follow_app(self, front: Front, app: AppFact) -> None:
        """What an App manages, by its engine's label; by namespace where there is none."""
        label = front.semantics.marks.selector
        spaces = {row.key.namespace for row in app.rows}
        self._follow(app.cluster, app.kinds, [""] if label else spaces, label)
        if self._scene.shared:
            self._follow(app.cluster, _CHILDREN, spaces - {""})

    def _follow(
        self, cluster: str, kinds: Iterable[_Kind], namespaces: Iterable[str], label: str = ""
    ) -> None:
        client = self._scene.clients.get(cluster)
        if client is None:
            return
        for kind in kinds:
            for namespace in namespaces:
                place = (cluster, kind, namespace, label)
                with self._lock:
                    if place in self._informers or self._is_followed(place):
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

    def _is_followed(self, place: "_Followed") -> bool:
        """Whether all objects of a kind that others make are followed already, or will be."""
        cluster, kind, namespace, label = place
        if kind not in _CHILDREN:
            return False
        return bool(label) or (bool(namespace) and (cluster, kind, "", "") in self._informers)

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
