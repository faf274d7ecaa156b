"""One App's own thread: it waits for something to do, does it, and waits again.

Whatever one App waits for, another never does. Triggers are words (`spec`, `push`, `drift`, …)
and objects that were seen to change; they add up while a pass is running.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gitops_lab.engine import verdict
from gitops_lab.engine.app import App
from gitops_lab.engine.beside import Beside, inputs_of
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.dependencies import BLOCKED, WAITING
from gitops_lab.engine.desired import Prepared
from gitops_lab.engine.errors import AppError, StageError
from gitops_lab.engine.events import Chain, ChainEvent
from gitops_lab.engine.fights import Fights
from gitops_lab.engine.front import Front
from gitops_lab.engine.ids import app_id
from gitops_lab.engine.mailbox import Mailbox, Work
from gitops_lab.engine.notifying import Message, Notifier
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.peers import Peers
from gitops_lab.engine.reconcile import reconcile
from gitops_lab.engine.recorder import About, Recorder
from gitops_lab.engine.records import Records
from gitops_lab.engine.removal import remove
from gitops_lab.engine.run import Run
from gitops_lab.engine.schedule import Schedule
from gitops_lab.engine.status import Status
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import is_terminating, name_of, namespace_of, uid_of

log = logging.getLogger(__name__)
_PUBLISH_AGAIN = 1.0
_AFTER_A_BUG = 10.0


@dataclass(frozen=True)
class Context:
    """What all workers of a Front share."""

    front: Front
    home: Client
    clusters: Mapping[str, Cluster]
    sources: Sources
    chain: Chain
    recorder: Recorder
    notifier: Notifier
    peers: Peers
    beside: Beside
    on_rest: Callable[[], None]


class Worker:
    """Keeps one App. All public methods return at once and may be called from any thread."""

    def __init__(self, obj: Object, context: Context) -> None:
        front = context.front
        self.id = app_id(front.name, namespace_of(obj), name_of(obj))
        self.target = ""
        """The name of the cluster at which it looks, "" before it did."""
        self._context = context
        self._front = front
        self._obj = _without_status(obj)
        self._seen = ""
        self._followed = ""
        self._status = front.previous(obj)
        self._publisher = front.publisher(context.home, obj)
        self._records = Records()
        self._prepared = Prepared()
        self._reported: dict[ObjectKey, bytes] = {}
        self._schedule = Schedule(front.semantics)
        self._fights = Fights(front.semantics)
        self._mailbox = Mailbox(self._schedule, "start")
        self._unpublished = False
        self._waiting_since = 0.0
        self._thread = threading.Thread(target=self._run, name=f"app-{self.id}", daemon=True)

    def start(self) -> None:
        """Begin with a first pass."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current pass, which is told to make way."""
        self._context.beside.follow(self.id, frozenset(), self._mailbox.stop)
        self._mailbox.stop()

    def join(self, timeout: float) -> None:
        """Wait until the thread has ended."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def update(self, obj: Object) -> None:
        """The resource as it now is; `trigger` says if that is a reason to look."""
        self._obj = _without_status(obj)

    def trigger(self, why: str) -> None:
        """Look at the App again."""
        self._mailbox.trigger(why)

    def touch(self, key: ObjectKey) -> None:
        """An object of the App was seen to change."""
        self._mailbox.touch(key)

    def at_rest(self) -> bool:
        """Whether nothing is queued, running or unpublished."""
        return self._mailbox.at_rest() and not self._unpublished

    @property
    def obj(self) -> Object:
        """The resource as seen last, without its status."""
        return self._obj

    @property
    def front(self) -> Front:
        """Through which it is served."""
        return self._front

    def reads(self) -> Iterable[tuple[str, str]]:
        """(repository, revision) of its sources, as far as pushes to them are told."""
        return self._front.reads(self._obj)

    def needs(self) -> Iterable[str]:
        """The ids of the Apps that it depends on."""
        return self._front.needs(self._obj)

    def is_current(self) -> bool:
        """Whether its last pass was about what the resource asks for now."""
        return self._seen == self._front.version(self._obj)

    @property
    def status(self) -> Status:
        """The App's status as of the last pass."""
        return self._status

    def _run(self) -> None:
        while (work := self._mailbox.take()) is not None:
            try:
                self._pass(work)
            except Exception as error:
                # A bug of ours must neither be hidden nor leave the App alone for ever.
                log.exception("the pass of %s broke", self.id)
                self._conclude(
                    None, verdict.broken(error, self._status, self._front.leaving(self._obj))
                )
                self._schedule.due = time.monotonic() + _AFTER_A_BUG
            self._mailbox.done()
            self._context.on_rest()

    def _pass(self, work: Work) -> None:
        obj = self._obj
        self._seen = self._front.version(obj)
        if is_terminating(obj):
            return self._remove(self._front.leaving(obj))
        try:
            app = self._front.app(obj)
        except AppError as error:
            generation = int(obj["metadata"].get("generation", 0))
            return self._conclude(None, verdict.invalid(error, self._status, generation))
        if self._seen != self._followed:
            self._context.beside.follow(self.id, inputs_of(app), lambda: self.trigger("input"))
            self._followed = self._seen
        self.target = app.destination.cluster
        cluster = self._context.clusters.get(app.destination.cluster)
        self._sort_touched(app, cluster, work)
        if not work.triggers:
            if cluster and not app.suspend and self._schedule.why != "heal":
                self._conclude(app, verdict.with_health(self._status, cluster.live))
            return None
        return self._reconcile(app, cluster)

    def _sort_touched(self, app: App, cluster: Cluster | None, work: Work) -> None:
        """Whether objects that changed have drifted; if not, only health is looked at again."""
        if cluster is None or app.suspend or self._waits_for_retry():
            return
        drifted = {key for key in work.touched if self._has_drifted(cluster, key)}
        if not drifted:
            return
        now = time.monotonic()
        delays = {key: self._fights.delay(key, now) for key in sorted(drifted)}
        key, delay = min(delays.items(), key=lambda each: each[1])
        if delay > 0 and app.sync_policy.self_heal:
            self._schedule.due, self._schedule.why = now + delay, "heal"
            self._status = verdict.fighting(self._status, key, self._fights.rounds(key), delay)
            self._tell(app, "plan", "Fight", self._status.message)
            self._conclude(app, self._status)
            return
        work.triggers.add("drift")
        self._tell(app, "plan", "DriftSeen", ", ".join(str(key) for key in sorted(drifted)))

    def _has_drifted(self, cluster: Cluster, key: ObjectKey) -> bool:
        seen = cluster.live.get(key)
        if self._records.get(key) is None or self._records.holds(key, seen):
            self._reported.pop(key, None)  # should the same drift come again, it is a new one
            return False
        content = seen.content if seen else b""
        known = self._reported.get(key) == content
        self._reported[key] = content
        return not known

    def _waits_for_retry(self) -> bool:
        return self._status.failed and self._schedule.why == "retry"

    def _reconcile(self, app: App, cluster: Cluster | None) -> None:
        try:
            self._publisher.keep_finalizer(app, self._obj["metadata"])
        except ApiError as error:
            log.info("finalizer of %s: %s", self.id, error)
        run = self._new_run(app, cluster)
        run.cancelled = lambda: self._makes_way(run)
        status = reconcile(run)
        if self._mailbox.stopping and status.reason == verdict.PREEMPTED:
            return
        for key, by in run.healed.items():
            self._fights.healed(key, by, time.monotonic())
        if run.outcomes:
            self._reported.clear()
        self._conclude(app, status)
        self._schedule.after_pass(status, time.monotonic())
        self._note_waiting(app, status)

    def _note_waiting(self, app: App, status: Status) -> None:
        """Since when it waits for other Apps, so that it can say when that is too long."""
        if status.reason not in BLOCKED:
            self._waiting_since = 0.0
            return
        self._waiting_since = self._waiting_since or time.monotonic()
        if status.reason == WAITING:
            self._schedule.due = self._waiting_since + app.options.timeout
            self._schedule.why = "dependency"

    def _new_run(self, app: App, cluster: Cluster | None) -> Run:
        context = self._context
        former = self._status.cluster
        return Run(
            app,
            self._status,
            cluster,
            context.sources,
            self._records,
            self._front.semantics,
            report=self._publisher.publish,
            tell=context.chain.tell,
            peers=context.peers,
            waited=time.monotonic() - self._waiting_since if self._waiting_since else 0.0,
            home=context.home,
            prepared=self._prepared,
            former=context.clusters.get(former) if former != app.destination.cluster else None,
        )

    def _remove(self, app: App) -> None:
        """The App is being deleted: what it made goes first, if our finalizer says so."""
        if not self._publisher.holds(app):
            return
        semantics = self._front.semantics
        cluster = self._context.clusters.get(self._status.cluster or app.destination.cluster)
        try:
            if app.removes:
                remove(app, self._status.inventory, cluster, self._records, semantics)
            self._publisher.release()
        except StageError as error:
            status = verdict.failed(self._new_run(app, cluster), error)
            self._conclude(app, status)
            self._schedule.after_pass(status, time.monotonic())
        except ApiError as error:
            log.info("releasing %s: %s", self.id, error)
            self._schedule.due, self._schedule.why = time.monotonic() + _PUBLISH_AGAIN, "retry"
        else:
            self._tell(app, "apply", "Removed", "everything that it made is deleted.")

    def _makes_way(self, run: Run) -> bool:
        """Whether a sync should end early: for another commit, another spec, or the end."""
        if self._mailbox.stopping or is_terminating(self._obj):
            return True
        if not run.semantics.preempt:
            return False
        if self._mailbox.waiting({"spec"}):
            return True
        return self._mailbox.waiting({"push"}) and self._has_newer(run)

    def _has_newer(self, run: Run) -> bool:
        try:
            newest = self._context.sources.resolve(run.app.source)
        except StageError:
            return True
        return run.commit is None or newest.sha not in (run.commit.sha, run.skipped)

    def _conclude(self, app: App | None, status: Status) -> None:
        before, self._status = self._status, status
        self._publish(status)
        if _stands(before) != _stands(status):
            self._context.peers.tell_dependents(self.id)
        for kind, reason, message in self._front.news(before, status):
            self._context.recorder.record(self._about(), kind, reason, message)
            if app is not None and app.options.notifications:
                self._context.notifier.tell(Message(app, status, kind, reason, message))

    def _about(self) -> About:
        front, obj = self._front, self._obj
        return About(
            front.api_version,
            front.kind,
            namespace_of(obj),
            name_of(obj),
            uid_of(obj),
            front.component,
        )

    def _publish(self, status: Status) -> None:
        try:
            self._publisher.publish(status)
            self._unpublished = False
        except NotFound:
            self._unpublished = False
        except ApiError as error:
            log.info("status of %s: %s", self.id, error)
            self._unpublished = True
            self._publish_soon()

    def _publish_soon(self) -> None:
        timer = threading.Timer(_PUBLISH_AGAIN, self.trigger, ("publish",))
        timer.daemon = True
        timer.start()

    def _tell(self, app: App, stage: str, reason: str, message: str) -> None:
        self._context.chain.tell(ChainEvent(app.id, stage, reason, message))


def _stands(status: Status) -> tuple[object, ...]:
    """What other Apps may wait for."""
    return status.sync, status.health.status, status.failed, status.revision, status.reason


def _without_status(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key != "status"}
