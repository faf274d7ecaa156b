"""One pass of an App through the stages: source -> render -> plan -> apply -> health -> status.

`reconcile` is the story. A stage that fails raises a StageError, and only here it becomes a
Status. Nothing is kept between two passes but what stands in `Run`.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gitops_lab.engine import verdict
from gitops_lab.engine.app import App
from gitops_lab.engine.apply import Applier, Outcome
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.desired import Desired, prepare
from gitops_lab.engine.errors import PlanError, StageError
from gitops_lab.engine.events import ChainEvent
from gitops_lab.engine.failures import reading_failed
from gitops_lab.engine.inputs import gather_inputs
from gitops_lab.engine.intent import Intent, intend
from gitops_lab.engine.inventory import union
from gitops_lab.engine.origin import Sources, deployed
from gitops_lab.engine.plan import Action, Plan, Planner
from gitops_lab.engine.prune import prune
from gitops_lab.engine.records import Records
from gitops_lab.engine.removal import remove
from gitops_lab.engine.render import render
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.source import Artifact, Commit
from gitops_lab.engine.status import LastSync, Status
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError

log = logging.getLogger(__name__)
_TOLD_BEFORE = 20
"""Writes of more objects than this are announced in the status before they start."""


@dataclass
class Run:
    """What one pass works with.

    `report` writes a status at once and raises ApiError, `tell` emits a chain event; `former` is
    the cluster that the App has just left, if it has, and `home` the one in which the App lives.
    """

    app: App
    previous: Status
    cluster: Cluster | None
    sources: Sources
    records: Records
    semantics: Semantics
    report: Callable[[Status], object]
    tell: Callable[[ChainEvent], None]
    cancelled: Callable[[], bool] = lambda: False
    is_app: Callable[[str], bool] = lambda _: True
    former: Cluster | None = None
    home: Client | None = None
    # what the stages leave for those after them
    commit: Commit | None = None
    skipped: str = ""
    artifact: Artifact | None = None
    desired: tuple[Desired, ...] = ()
    last_sync: LastSync | None = None
    outcomes: tuple[Outcome, ...] = ()
    _since: float = field(default_factory=time.monotonic)

    def done(self, stage: str, reason: str, message: str = "", **data: Any) -> None:
        """Tell that a stage is done, with its seconds."""
        seconds = time.monotonic() - self._since
        self._since += seconds
        facts = {**data, "seconds": round(seconds, 4)}
        self.tell(ChainEvent(self.app.id, stage, reason, message, data=facts))


def reconcile(run: Run) -> Status:
    """The App's status after one pass. Raises nothing that belongs to the App."""
    if run.app.suspend:
        return verdict.suspended(run.app, run.previous)
    try:
        return _stages(run)
    except StageError as error:
        run.done(error.stage, error.reason, error.message, failed=True)
        return verdict.failed(run, error)


def _stages(run: Run) -> Status:
    run.commit, run.skipped = deployed(run.app, run.sources)
    run.done("source", "Resolved", run.commit.subject, revision=run.commit.sha)
    run.artifact = run.sources.fetch(run.app.source, run.commit)
    run.done("source", "Fetched", digest=run.artifact.digest)
    target = run.cluster.client if run.cluster else None
    inputs = gather_inputs(run.app, run.artifact, run.home, target)
    rendered = render(run.artifact, run.app, inputs)
    run.done("render", "Rendered", objects=len(rendered.objects), digest=rendered.digest)

    cluster = _destination(run)
    run.desired = _prepared(run, cluster, rendered.objects)
    content = _content(run)
    _leave(run)
    intent = intend(run.app, run.previous, run.commit.sha, content)
    plan = _planned(run, cluster, intent)
    run.done("plan", "Planned", plan.summary(), pending=len(plan.pending))

    if intent.writes(plan):
        _write(run, cluster, plan, intent, content)
        plan = _written(plan, intent)
        run.done("apply", "Applied", plan.summary(), objects=len(run.outcomes))
    status = verdict.judged(run, plan, intent)
    run.done("health", str(status.health.status), status.health.message)
    return status


def _leave(run: Run) -> None:
    """The destination is another cluster now: what was made in the former one goes, if pruned."""
    if run.previous.cluster in ("", run.app.destination.cluster):
        return
    if run.app.sync_policy.prune:
        remove(run.app, run.previous.inventory, run.former, run.records, run.semantics)
    for entry in run.previous.inventory:
        run.records.forget(entry.key)
    run.previous = replace(run.previous, inventory=(), objects=(), last_sync=None, cluster="")


def _on_record(run: Run) -> None:
    """The inventory stands before the objects do: else a crash would leave them to nobody."""
    try:
        run.report(run.previous)
    except ApiError as error:
        raise PlanError(
            f"can't write the status of the App: {error.message}",
            reason="StatusNotWritten",
            hint=error.hint or "It is tried again.",
        ) from error


def _destination(run: Run) -> Cluster:
    if run.cluster is None:
        raise PlanError(
            f"there is no cluster {run.app.destination.cluster!r} in this workspace.",
            reason="ClusterNotFound",
            hint="Correct spec.destination.cluster of the App.",
            place=verdict.app_place(run.app, "spec.destination.cluster"),
            retry=False,
        )
    return run.cluster


def _prepared(run: Run, cluster: Cluster, objects: Any) -> tuple[Desired, ...]:
    try:
        desired = prepare(run.app, objects, cluster.is_namespaced)
    except ApiError as error:
        raise reading_failed(error) from error
    return desired


def _content(run: Run) -> str:
    """A hash of all that is to be written: a sync is due when it is new."""
    parts = b"".join(one.digest for one in run.desired)
    return hashlib.blake2b(parts, digest_size=8).hexdigest()


def _planned(run: Run, cluster: Cluster, intent: Intent) -> Plan:
    tracked = [(entry.api_version, entry.key.kind) for entry in run.previous.inventory]
    cluster.live.follow([*((one.api_version, one.key.kind) for one in run.desired), *tracked])
    planner = Planner(run.app, cluster.client, cluster.live, run.records, run.semantics, run.is_app)
    return planner.plan(run.desired, run.previous.inventory, confirm=not intent.apply)


def _write(run: Run, cluster: Cluster, plan: Plan, intent: Intent, content: str) -> None:
    """Apply, then prune. The inventory is on record before the first object is made."""
    assert run.commit is not None
    trigger = intent.trigger if intent.apply else "prune"
    run.last_sync = LastSync(run.commit.sha, stamp(now()), trigger=trigger, content=content)
    wanted = [one.entry for one in run.desired]
    tracked = union(run.previous.inventory, wanted)
    if len(tracked) > len(run.previous.inventory) or len(plan.pending) > _TOLD_BEFORE:
        run.previous = verdict.syncing(run, plan, tracked)
        _on_record(run)
    if intent.apply:
        applier = Applier(run.app, cluster, run.records, run.semantics, run.cancelled)
        run.outcomes = applier.apply(plan)
    run.outcomes += prune(plan, cluster, run.records)


def _written(plan: Plan, intent: Intent) -> Plan:
    """The plan as it stands after it was carried out, its evidence kept."""
    done = {Action.PRUNE}
    if intent.apply:
        done |= {Action.CREATE, Action.UPDATE}
    return Plan(tuple(replace(c, applied=c.action in done) for c in plan.changes))
