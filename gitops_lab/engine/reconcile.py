"""One pass of an App through the stages: source -> render -> plan -> apply -> health -> status.

`reconcile` is the story. A stage that fails raises a StageError, and only here it becomes a
Status. Nothing is kept between two passes but what stands in `Run`.
"""

import hashlib
import secrets
from dataclasses import replace
from typing import Any

from gitops_lab.engine import verdict
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.dependencies import WAITING, Waiting, refuse_cycle, unready
from gitops_lab.engine.desired import Desired, prepare
from gitops_lab.engine.errors import AppError, PlanError, StageError
from gitops_lab.engine.failures import reading_failed
from gitops_lab.engine.inputs import check_signature, gather_inputs
from gitops_lab.engine.intent import Intent, intend
from gitops_lab.engine.inventory import union
from gitops_lab.engine.marks import Write, hook_of
from gitops_lab.engine.origin import deployed
from gitops_lab.engine.plan import Action, Plan, Planner
from gitops_lab.engine.removal import remove
from gitops_lab.engine.render import render
from gitops_lab.engine.run import Run
from gitops_lab.engine.status import LastSync, Status
from gitops_lab.engine.sync import Sync
from gitops_lab.engine.wording import manager_behind
from gitops_lab.engine.write import how
from gitops_lab.kube import ObjectKey
from gitops_lab.kube.errors import ApiError

_TOLD_BEFORE = 20
"""Writes of more objects than this are announced in the status before they start."""


def reconcile(run: Run) -> Status:
    """The App's status after one pass. Raises nothing that belongs to the App."""
    if run.app.suspend:
        return verdict.suspended(run.app, run.previous)
    try:
        return _stages(run)
    except Waiting as waiting:
        run.done("plan", WAITING, waiting.other)
        return verdict.waiting(run, waiting.other)
    except StageError as error:
        run.done(error.stage, error.reason, error.message, failed=True)
        return verdict.failed(run, error)


def _stages(run: Run) -> Status:
    run.commit, run.skipped = deployed(run.app, run.sources)
    check_signature(run.app, run.commit, run.sources, run.home)
    run.done("source", "Resolved", run.commit.subject, revision=run.commit.sha)
    _await_others(run)
    run.artifact = run.sources.fetch(run.app.source, run.commit)
    run.done("source", "Fetched", digest=run.artifact.digest)
    target = run.cluster.client if run.cluster else None
    inputs = gather_inputs(run.app, run.artifact, run.home, target)
    rendered = render(run.artifact, run.app, inputs)
    run.done("render", "Rendered", objects=len(rendered.objects), digest=rendered.digest)

    cluster = _destination(run)
    _sort_out(run, _prepared(run, cluster, rendered.objects))
    content = _content(run)
    _leave(run)
    intent = intend(run.app, run.previous, run.commit.sha, content)
    plan = _planned(run, cluster, intent)
    run.done("plan", "Planned", plan.summary(), pending=len(plan.pending))

    if intent.writes(plan):
        selected = _selected(run, plan, intent)
        _write(run, cluster, selected, intent, content)
        plan = _written(plan, intent, selected)
        run.healed = _healed(plan, intent)
        run.done("apply", "Applied", plan.summary(), objects=len(run.outcomes))
    status = verdict.judged(run, plan, intent)
    run.done("health", str(status.health.status), status.health.message)
    return status


def _await_others(run: Run) -> None:
    """What is new waits for the Apps that this one depends on; what is deployed is kept up."""
    last, commit = run.previous.last_sync, run.commit
    asked = run.app.sync_requested != run.previous.handled_sync
    deployed_already = last and commit and (last.revision, last.result) == (commit.sha, "Succeeded")
    if not run.app.options.depends_on or (deployed_already and not asked):
        return
    refuse_cycle(run.app, run.peers.needs())
    other = unready(run.app, run.peers.get, commit.sha if commit else "")
    if other and run.waited >= run.app.options.timeout:
        raise AppError(
            f"waited {run.waited:.0f} s for {other}.",
            reason="DependencyTimeout",
            hint="See that App: `gitops-lab app explain`. This one goes on as soon as it is well.",
            place=verdict.app_place(run.app, "spec.dependsOn"),
        )
    if other:
        raise Waiting(other)


def _leave(run: Run) -> None:
    """The destination is another cluster now: what was made in the former one goes, if pruned."""
    if run.previous.cluster in ("", run.app.destination.cluster):
        return
    if run.app.sync_policy.prune:
        remove(run.app, run.previous.inventory, run.former, run.records, run.semantics)
    for entry in run.previous.inventory:
        run.records.forget(entry.key)
    run.previous = replace(run.previous, inventory=(), objects=(), last_sync=None, cluster="")


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
        desired = prepare(
            run.app,
            objects,
            cluster.is_namespaced,
            run.semantics.marks,
            prepared=run.prepared,
        )
    except ApiError as error:
        raise reading_failed(error) from error
    return desired


def _sort_out(run: Run, prepared: tuple[Desired, ...]) -> None:
    """Objects that are to be there, and hooks, which are to run."""
    hooks = [(one, hook_of(one, run.semantics.annotations)) for one in prepared]
    run.desired = tuple(one for one, hook in hooks if hook is None)
    run.hooks = tuple(hook for _, hook in hooks if hook is not None)
    left = [one for one in run.desired if how(one, run.semantics) is Write.IGNORE]
    if left:
        run.ignored = tuple(left)
        run.desired = tuple(one for one in run.desired if one not in left)


def _content(run: Run) -> str:
    """A hash of all that is to be written: a sync is due when it is new."""
    wanted = (*run.desired, *(hook.one for hook in run.hooks))
    parts = b"".join(one.digest for one in wanted)
    return hashlib.blake2b(parts, digest_size=8).hexdigest()


def _planned(run: Run, cluster: Cluster, intent: Intent) -> Plan:
    tracked = [(entry.api_version, entry.key.kind) for entry in run.previous.inventory]
    wanted = [(one.api_version, one.key.kind) for one in (*run.desired, *run.besides)]
    cluster.live.judge_by(run.app.id, run.app.options.health_checks)
    cluster.live.follow([*wanted, *tracked])
    planner = Planner(
        run.app,
        cluster.client,
        cluster.live,
        run.records,
        run.semantics,
        run.peers.is_app,
        run.commit.sha if run.commit else "",
    )
    in_git = [one.entry for one in run.besides]
    return planner.plan(
        run.desired,
        run.previous.inventory,
        confirm=not intent.apply,
        besides=in_git,
    )


def _write(run: Run, cluster: Cluster, plan: Plan, intent: Intent, content: str) -> None:
    """Apply and prune. The inventory is on record before the first object is made."""
    run.last_sync = _begun(run, intent, content)
    whole = intent.apply and intent.trigger != "drift" and not run.last_sync.only
    hooks = run.hooks if whole else ()
    wanted = [one.entry for one in (*run.desired, *(hook.one for hook in hooks))]
    tracked = union(run.previous.inventory, wanted)
    many = len(plan.pending) > _TOLD_BEFORE
    if many or hooks or len(tracked) > len(run.previous.inventory):
        run.previous = verdict.syncing(run, plan, tracked)
        run.on_record()
    Sync(run, cluster, plan, hooks, intent).carry_out()


def _begun(run: Run, intent: Intent, content: str) -> LastSync:
    """A new sync, or the last one once more when it did not end well."""
    assert run.commit is not None
    last, sha = run.previous.last_sync, run.commit.sha
    trigger = intent.trigger if intent.apply else "prune"
    begun = LastSync(sha, stamp(now()), trigger=trigger, content=content)
    if only := _only(run, intent):
        return replace(begun, content="", only=only, id=secrets.token_hex(4))
    asked = run.app.sync_requested != run.previous.handled_sync
    again = last and last.id and last.result != "Succeeded" and not asked
    if last and again and (last.revision, last.content) == (sha, content):
        return replace(begun, id=last.id, hooks=last.hooks)
    return replace(begun, id=secrets.token_hex(4))


def _only(run: Run, intent: Intent) -> tuple[str, ...]:
    return run.app.sync_only if intent.trigger == "manual" else ()


def _selected(run: Run, plan: Plan, intent: Intent) -> Plan:
    """What the sync is about: all of it, unless somebody asked for less."""
    only = _only(run, intent)
    return plan.only(only) if only else plan


def _healed(plan: Plan, intent: Intent) -> dict[ObjectKey, str]:
    if intent.trigger != "drift":
        return {}
    return {change.key: manager_behind(change) for change in plan.changes if change.applied}


def _written(plan: Plan, intent: Intent, selected: Plan) -> Plan:
    """The plan as it stands after it was carried out, its evidence kept."""
    done = {Action.PRUNE}
    if intent.apply:
        done |= {Action.CREATE, Action.UPDATE}
    keys = {change.key for change in selected.changes}
    return Plan(
        tuple(
            replace(c, applied=True) if c.action in done and c.key in keys else c
            for c in plan.changes
        )
    )
