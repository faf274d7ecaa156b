"""The loop: follows the Apps of a workspace, of each Front, and gives each a worker.

It never polls: Apps, and the objects they manage, are followed by watch; commits are told by
`notify_push`, and compared at the start, since a push may have come in between.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from gitops_lab.engine.apply import is_established
from gitops_lab.engine.beside import Beside
from gitops_lab.engine.errors import AppError, SourceError
from gitops_lab.engine.events import Chain, ChainEvent
from gitops_lab.engine.following import concerns
from gitops_lab.engine.front import Front
from gitops_lab.engine.metrics import Metrics
from gitops_lab.engine.native import GitOpsApps
from gitops_lab.engine.notifying import Notifier
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.engine.peers import Peers
from gitops_lab.engine.recorder import Recorder
from gitops_lab.engine.semantics import Semantics, native
from gitops_lab.engine.served import Served, clusters_of, version_of
from gitops_lab.engine.status import Status
from gitops_lab.engine.worker import Context, Worker
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import Unavailable
from gitops_lab.kube.objects import is_terminating, uid_of

log = logging.getLogger(__name__)
_INSTALL_SECONDS = 30.0
_INSTALL_PAUSE = 0.05
_QUIET = 0.15


class RefChange(Protocol):
    """A ref that a push has moved; `git.RefUpdate` is one."""

    @property
    def ref(self) -> str:
        """`refs/heads/main`."""


class Loop:
    """The engine of a workspace.

    `clients` by cluster name; the Apps live in the one named `home`. GitOpsApps are served from
    the start; `add` adds another Front at any time. `repositories` is where the status of commits
    is noted, for Apps that ask for it. Thread-safe.
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
        self.chain = Chain()
        self._clients = clients
        self._home = clients[home]
        self._sources = sources
        self._recorder = Recorder(self._home)
        self._notifier = Notifier(repositories)
        self._metrics = Metrics()
        self.chain.subscribe(self._metrics.count)
        self._workers: dict[str, Worker] = {}
        self._peers = Peers(self._workers)
        self._beside = Beside(self._home)
        self._rest = threading.Condition()
        self._stop = threading.Event()
        self._served: list[Served] = []
        self._shown: list[Front] = []
        self._started = False
        self.add(GitOpsApps(semantics or native(timing)))

    @property
    def fronts(self) -> tuple[Front, ...]:
        """The Fronts of all Apps, the native one first; those served elsewhere come last."""
        served = tuple(served.front for served in self._served)
        return (*served, *(front for front in self._shown if front not in served))

    def show(self, fronts: Iterable[Front]) -> None:
        """Name Fronts that somebody else serves, for those who ask which Apps there are."""
        self._shown.extend(fronts)

    def add(self, front: Front) -> None:
        """Serve one more kind from now on. Raises ApiError when it can't be defined."""
        clusters = clusters_of(front, self._clients, self._workers.get)
        served = Served(front, self._home, clusters, self._on_app)
        self._served.append(served)
        if self._started:
            self._serve(served)

    def start(self) -> None:
        """Install the definitions and begin to follow. Raises ApiError after half a minute."""
        self._started = True
        self._recorder.start()
        self._notifier.start()
        for served in list(self._served):
            self._serve(served)

    def stop(self) -> None:
        """End all threads; what is half-way is taken up at the next start."""
        self._stop.set()
        for worker in list(self._workers.values()):
            worker.stop()
        for served in self._served:
            served.stop()
        self._beside.stop()
        for worker in list(self._workers.values()):
            worker.join(timeout=2)
        for served in self._served:
            served.close()
        self._recorder.stop()
        self._notifier.stop()

    def notify_push(self, repo: str, refs: Iterable[RefChange] = ()) -> None:
        """A push has moved refs of a repository: its Apps look at once. No refs means any."""
        moved = {change.ref for change in refs}
        for worker in list(self._workers.values()):
            if concerns(worker.reads(), repo, moved):
                worker.trigger("push")

    def trigger(self, app_id: str, why: str) -> bool:
        """Let an App look again; whether there is one of that id."""
        worker = self._workers.get(app_id)
        if worker is not None:
            worker.trigger(why)
        return worker is not None

    def subscribe(self, listener: Callable[[ChainEvent], None]) -> Callable[[], None]:
        """Be told of each step of the chain; the answer ends it."""
        return self.chain.subscribe(listener)

    def statuses(self) -> dict[str, Status]:
        """The status of each App by its id."""
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
        served = list(self._served)
        for each in served:
            if not each.informer.wait_synced(max(0.0, deadline - time.monotonic())):
                return False
        wanted = {app_id: version for each in served for app_id, version in each.newest().items()}
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
            and all(version_of(workers[name].obj) >= wanted[name] for name in wanted)
        )

    def _is_current(self, worker: Worker) -> bool:
        if not worker.is_current():
            return False
        status = worker.status
        if is_terminating(worker.obj) or not list(worker.reads()):
            return True
        try:
            app = worker.front.app(worker.obj)
            if app.suspend or app.source.chart:  # nobody tells of a new chart, nor is it asked for
                return True
            return status.has_seen(self._sources.resolve(app.source).sha)
        except (AppError, SourceError):
            return status.failed

    def _serve(self, served: Served) -> None:
        self.install(served.front.definitions())
        served.informer.start()

    def install(self, definitions: Sequence[Object]) -> None:
        """Define kinds, and wait until they are served. Raises ApiError after half a minute."""
        waiting = list(definitions)
        deadline = time.monotonic() + _INSTALL_SECONDS
        while waiting:
            try:
                waiting = [each for each in waiting if not self._is_installed(each)]
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
            if waiting and (self._stop.wait(_INSTALL_PAUSE) or time.monotonic() > deadline):
                return

    def _is_installed(self, definition: Object) -> bool:
        answer = self._home.apply(definition, field_manager=FIELD_MANAGER, force=True)
        return is_established(answer)

    def _on_app(self, served: Served, event: str, obj: Object, old: Object | None) -> None:
        app_id = served.id_of(obj)
        worker = self._workers.get(app_id)
        if event == "DELETED":
            self._forget(app_id)
        elif worker is None:
            self._adopt(served, app_id, obj)
        elif uid_of(obj) != uid_of(worker.obj):
            self._forget(app_id)
            self._adopt(served, app_id, obj)
        elif old is not None:
            worker.update(obj)
            if _asks_anew(served.front, old, obj):
                worker.trigger("spec")
            elif old["metadata"].get("annotations") != obj["metadata"].get("annotations"):
                worker.trigger("request")

    def _adopt(self, served: Served, app_id: str, obj: Object) -> None:
        if self._stop.is_set():
            return
        context = Context(
            served.front,
            self._home,
            served.clusters,
            self._sources,
            self.chain,
            self._recorder,
            self._notifier,
            self._peers,
            self._beside,
            self._on_rest,
        )
        self._workers[app_id] = worker = Worker(obj, context)
        worker.start()

    def _forget(self, app_id: str) -> None:
        worker = self._workers.pop(app_id, None)
        if worker:
            worker.stop()
        self._on_rest()

    def _on_rest(self) -> None:
        with self._rest:
            self._rest.notify_all()


def _asks_anew(front: Front, old: Object, new: Object) -> bool:
    return front.version(old) != front.version(new) or is_terminating(old) != is_terminating(new)
