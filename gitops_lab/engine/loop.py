"""The loop: follows the GitOpsApps of a workspace and gives each a worker.

It never polls: Apps, and the objects they manage, are followed by watch; commits are told by
`notify_push`, and compared at the start, since a push may have come in between.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from gitops_lab.engine.app import API_VERSION, KIND, App
from gitops_lab.engine.apply import is_established
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.crds import gitops_app
from gitops_lab.engine.errors import AppError, SourceError
from gitops_lab.engine.events import Chain, ChainEvent
from gitops_lab.engine.following import concerns
from gitops_lab.engine.metrics import Metrics
from gitops_lab.engine.notifying import Notifier
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.engine.peers import Peers
from gitops_lab.engine.recorder import Recorder
from gitops_lab.engine.semantics import Semantics, native
from gitops_lab.engine.status import Status
from gitops_lab.engine.worker import Context, Worker
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, Informer, Object, ObjectKey
from gitops_lab.kube.errors import Unavailable
from gitops_lab.kube.objects import name_of, namespace_of

log = logging.getLogger(__name__)
_INSTALL_TRIES = 60
_INSTALL_PAUSE = 0.5
_QUIET = 0.15
_NEW_SPEC = ("generation", "deletionTimestamp")
_NEW_REQUEST = ("annotations",)


class RefChange(Protocol):
    """A ref that a push has moved; `git.RefUpdate` is one."""

    @property
    def ref(self) -> str:
        """`refs/heads/main`."""


class Loop:
    """The engine of a workspace.

    `clients` by cluster name; the GitOpsApps live in the one named `home`. `repositories` is where
    the status of commits is noted, for Apps that ask for it. Thread-safe.
    """

    def __init__(
        self,
        clients: Mapping[str, Client],
        *,
        sources: Sources,
        home: str = "main",
        semantics: Semantics | None = None,
        timing: str = "lab",
        repositories: Repositories | None = None,
    ) -> None:
        self.semantics = semantics or native(timing)
        self.chain = Chain()
        self._home = clients[home]
        self._sources = sources
        self._clusters = {
            name: Cluster(name, client, self.semantics, self._touched(name))
            for name, client in clients.items()
        }
        self._recorder = Recorder(self._home)
        self._notifier = Notifier(repositories)
        self._metrics = Metrics()
        self.chain.subscribe(self._metrics.count)
        self._workers: dict[str, Worker] = {}
        self._rest = threading.Condition()
        self._stop = threading.Event()
        self._informer = Informer(
            self._home, API_VERSION, KIND, on_event=self._on_app, keep=_without_status
        )
        self._context = Context(
            self._home,
            self._clusters,
            sources,
            self.semantics,
            self.chain,
            self._recorder,
            self._notifier,
            Peers(self._workers),
            self._on_rest,
        )

    def start(self) -> None:
        """Install the definition and begin to follow. Raises ApiError after half a minute."""
        self._install()
        self._recorder.start()
        self._notifier.start()
        self._informer.start()

    def stop(self) -> None:
        """End all threads; what is half-way is taken up at the next start."""
        self._stop.set()
        for worker in list(self._workers.values()):
            worker.stop()
        self._informer.stop()
        for worker in list(self._workers.values()):
            worker.join(timeout=2)
        for cluster in self._clusters.values():
            cluster.stop()
        self._recorder.stop()
        self._notifier.stop()

    def notify_push(self, repo: str, refs: Iterable[RefChange] = ()) -> None:
        """A push has moved refs of a repository: its Apps look at once. No refs means any."""
        moved = {change.ref for change in refs}
        for worker in list(self._workers.values()):
            if concerns(worker.obj, repo, moved):
                worker.trigger("push")

    def subscribe(self, listener: Callable[[ChainEvent], None]) -> Callable[[], None]:
        """Be told of each step of the chain; the answer ends it."""
        return self.chain.subscribe(listener)

    def statuses(self) -> dict[str, Status]:
        """The status of each App by `namespace/name`."""
        return {worker.id: worker.status for worker in list(self._workers.values())}

    def metrics(self) -> str:
        """Counts and states, as Prometheus reads them."""
        return self._metrics.text(self.statuses())

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is queued or running and every App has seen its newest commit.

        What was written to the cluster before the call counts: the Apps are listed first, and
        the quiet has to last `_QUIET` seconds, in which watches deliver. Raises ApiError.
        """
        deadline = time.monotonic() + timeout
        if not self._informer.wait_synced(timeout):
            return False
        wanted = {
            f"{namespace_of(obj)}/{name_of(obj)}": int(obj["metadata"].get("generation", 0))
            for obj in self._home.list(API_VERSION, KIND).items
        }
        quiet_since = None
        with self._rest:
            while (now := time.monotonic()) < deadline:
                quiet_since = (quiet_since or now) if self._is_idle(wanted) else None
                if quiet_since is not None and now - quiet_since >= _QUIET:
                    return True
                self._rest.wait(min(deadline - now, _QUIET / 2))
        return False

    def _is_idle(self, wanted: Mapping[str, int]) -> bool:
        workers = dict(self._workers)
        return (
            all(worker.at_rest() and self._is_current(worker) for worker in workers.values())
            and wanted.keys() <= workers.keys()
            and all(_generation(workers[name].obj) >= wanted[name] for name in wanted)
        )

    def _is_current(self, worker: Worker) -> bool:
        status = worker.status
        if status.observed_generation != _generation(worker.obj):
            return False
        try:
            app = App.from_object(worker.obj)
            return app.suspend or status.has_seen(self._sources.resolve(app.source).sha)
        except (AppError, SourceError):
            return status.failed

    def _install(self) -> None:
        for left in reversed(range(_INSTALL_TRIES)):
            try:
                answer = self._home.apply(gitops_app(), field_manager=FIELD_MANAGER, force=True)
                if is_established(answer):
                    return
            except Unavailable:
                if not left:
                    raise
            if self._stop.wait(_INSTALL_PAUSE if left < _INSTALL_TRIES - 3 else 0.05):
                return

    def _on_app(self, event: str, obj: Object, old: Object | None) -> None:
        app_id = f"{namespace_of(obj)}/{name_of(obj)}"
        worker = self._workers.get(app_id)
        if event == "DELETED":
            self._forget(app_id)
        elif worker is None:
            self._adopt(app_id, obj)
        elif obj["metadata"].get("uid") != worker.obj["metadata"].get("uid"):
            self._forget(app_id)
            self._adopt(app_id, obj)
        elif old is not None:
            worker.update(obj)
            if _differ(old, obj, _NEW_SPEC):
                worker.trigger("spec")
            elif _differ(old, obj, _NEW_REQUEST):
                worker.trigger("request")

    def _adopt(self, app_id: str, obj: Object) -> None:
        if self._stop.is_set():
            return
        self._workers[app_id] = worker = Worker(obj, self._context)
        worker.start()

    def _forget(self, app_id: str) -> None:
        worker = self._workers.pop(app_id, None)
        if worker:
            worker.stop()
        self._on_rest()

    def _touched(self, cluster: str) -> Callable[[str, ObjectKey], None]:
        def touched(app_id: str, key: ObjectKey) -> None:
            worker = self._workers.get(app_id)
            if worker and _cluster_of(worker.obj) == cluster:
                worker.touch(key)

        return touched

    def _on_rest(self) -> None:
        with self._rest:
            self._rest.notify_all()


def _generation(obj: Object) -> int:
    return int(obj["metadata"].get("generation", 0))


def _without_status(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key != "status"}


def _differ(old: Object, new: Object, names: Iterable[str]) -> bool:
    return any(old["metadata"].get(name) != new["metadata"].get(name) for name in names)


def _cluster_of(obj: Object) -> str:
    destination = (obj.get("spec") or {}).get("destination")
    return str((destination or {}).get("cluster") or "main")
