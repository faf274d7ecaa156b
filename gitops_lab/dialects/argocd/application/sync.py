"""One step of an operation: what can be done now is done, and its results are put on record.

An operation takes many steps: a step never waits. What is left to wait for stands in the message,
and the next step is taken when something has changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gitops_lab.dialects.argocd.application.applying import Applier, Refused, called
from gitops_lab.dialects.argocd.application.compare import Comparison
from gitops_lab.dialects.argocd.application.gather import Gathering, Orders
from gitops_lab.dialects.argocd.application.judge import health_of
from gitops_lab.dialects.argocd.application.options import (
    HOOK_FINALIZER,
    SYNC_OPTIONS,
    has_option,
)
from gitops_lab.dialects.argocd.application.tasks import (
    ERROR,
    FAILED,
    PRUNE_SKIPPED,
    PRUNED,
    RUNNING,
    SUCCEEDED,
    SYNC_FAILED,
    SYNCED,
    Task,
    is_multi_step,
    result_of,
)
from gitops_lab.dialects.argocd.seams import Settings
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import is_terminating

_STATES = {SYNCED: RUNNING, SYNC_FAILED: FAILED, PRUNED: SUCCEEDED, PRUNE_SKIPPED: SUCCEEDED}


@dataclass
class Step:
    """The step; `phase`, `message` and `results` tell how the operation stands after it."""

    client: Client
    settings: Settings
    orders: Orders
    comparison: Comparison
    results: list[Object] = field(default_factory=list)
    phase: str = RUNNING
    message: str = ""
    wave_done: bool = False
    """Whether a wave was written in this step, and others follow."""

    def take(self) -> None:
        """Do what can be done now."""
        tasks, valid = self._tasks()
        if not valid:
            return self._end(FAILED, "one or more synchronization tasks are not valid")
        if not self.results and self.orders.dry_run:
            self._run(tasks)
        elif not self.results and not self._begin(tasks):
            return None
        self._look_after(tasks)
        multi = is_multi_step(tasks)
        busy = [task for task in tasks if task.running and (multi or task.is_hook)]
        if busy:
            self._miss(busy)
            return self._wait_for(busy)
        leaving = [t for t in tasks if t.status == PRUNED and t.live and is_terminating(t.live)]
        if leaving:
            return self._wait_for(leaving, "deletion of")
        self._release_hooks(tasks)
        return self._go_on(tasks)

    def terminate(self) -> None:
        """End it early: hooks that run are deleted."""
        tasks, _ = self._tasks()
        failed = False
        for task in tasks:
            if not (task.is_hook and task.live):
                continue
            self._drop_finalizer(task)
            health = health_of(task.live, self.settings)
            state = _state_of(health)
            if state != RUNNING:
                self._record(task, "", state, health.message if health else "")
            elif problem := self._delete(task):
                self._record(task, "", FAILED, f"Failed to delete: {problem}")
                failed = True
            else:
                self._record(task, "", SUCCEEDED, "Deleted")
        if failed:
            return self._end(ERROR, "Operation termination had errors")
        return self._end(FAILED, "Operation terminated")

    # -- what there is to do

    def _tasks(self) -> tuple[list[Task], bool]:
        """All tasks with their results, and whether all of them may be done."""
        gathering = Gathering(self.client, self.orders, self.comparison, self.results)
        tasks = gathering.tasks()
        known = {_identity(row): row for row in self.results}
        for task in tasks:
            row = known.get(_identity(result_of(task, self.orders.namespace)))
            if row is not None:
                task.status = row.get("status", "")
                task.state = row.get("hookPhase", "")
                task.message = row.get("message", "")
        problems = gathering.problems(tasks)
        for task, problem in problems:
            self._record(task, SYNC_FAILED, "", problem)
        return tasks, not problems

    # -- doing it

    def _begin(self, tasks: Sequence[Task]) -> bool:
        """The namespace comes before everything."""
        made = next((t for t in tasks if self._makes_namespace(t) and t.live is None), None)
        if made is None or self._run([made]):
            return True
        self._end(FAILED, f"the namespace failed to apply, reason: {made.message}")
        return False

    def _makes_namespace(self, task: Task) -> bool:
        named = task.key == ObjectKey("", "Namespace", "", self.orders.namespace)
        return named and task.target is not None

    def _look_after(self, tasks: Sequence[Task]) -> None:
        """How those that run stand now."""
        for task in tasks:
            if not (task.running and task.live is not None):
                continue
            health = health_of(task.live, self.settings)
            if task.is_hook:
                said = health.message if health else f"{task.key.name} created"
                self._record(task, "", _state_of(health), said)
            elif health is None:
                self._record(task, task.status, SUCCEEDED, task.message)
            elif health.status is HealthStatus.HEALTHY:
                self._record(task, task.status, SUCCEEDED, health.message)
            elif health.status is HealthStatus.DEGRADED:
                self._record(task, task.status, FAILED, health.message)

    def _miss(self, tasks: Sequence[Task]) -> None:
        """What runs and is gone has failed, and the next step says so; nobody else would end it.

        As of argoproj/argo-cd#26286; an Argo CD before it waits for ever.
        """
        for task in tasks:
            if task.live is None and not self._is_there(task):
                said = f"Resource {task.place} is missing, it might have been deleted"
                self._record(task, SYNC_FAILED, ERROR, said)

    def _is_there(self, task: Task) -> bool:
        """Whether the cluster has it by now: what was just written may not have been seen yet."""
        key = task.key
        try:
            self.client.get(task.obj["apiVersion"], key.kind, key.name, key.namespace)
        except NotFound:
            return False
        return True

    def _go_on(self, tasks: list[Task]) -> None:
        after_failure = [task for task in tasks if task.phase == "SyncFail"]
        plain = [task for task in tasks if task.phase != "SyncFail"]
        succeeded = [task for task in tasks if task.deletes_after("HookSucceeded")]
        failed = [task for task in tasks if task.deletes_after("HookFailed")]
        if any(task.completed and task.state != SUCCEEDED for task in plain):
            self._delete_all(failed)
            why = "one or more synchronization tasks completed unsuccessfully"
            return self._fail(after_failure, plain, why)
        left = [task for task in plain if task.pending]
        if self.orders.options.out_of_sync_only:
            left = [t for t in left if t.is_hook or not t.synced]
        if not left:
            self._delete_all(succeeded)
            return self._end(SUCCEEDED, "successfully synced (no more tasks)")
        first = left[0]
        now = [task for task in left if (task.phase, task.wave) == (first.phase, first.wave)]
        rest = [task for task in left if task not in now]
        if (waiting := self._unconfirmed(now)) is not None:
            self.message = waiting
            return None
        self.message = "one or more tasks are running"
        if self._clear_hooks(now):
            ending = [
                t for t in now if t.deletes_after("HookSucceeded") or t.deletes_after("HookFailed")
            ]
            return self._wait_for(ending, "deletion of") if ending else None
        if not self._run(now):
            self._delete_all(failed)
            return self._fail(after_failure, now, "one or more objects failed to apply")
        remaining = [task for task in left if task not in now or task.is_hook]
        if remaining:
            self.wave_done = bool(rest)
            return self._wait_for(remaining)
        self._delete_all(succeeded)
        return self._end(SUCCEEDED, "successfully synced (all tasks run)")

    def _run(self, tasks: Sequence[Task]) -> bool:
        """Prune, then apply kind by kind; whether all went well."""
        well = True
        for task in tasks:
            if task.is_prune:
                well = self._prune(task) and well
        if not well:
            return False
        creating = [task for task in tasks if not task.is_prune]
        for _, group in groupby(creating, key=lambda task: task.key.kind):
            for task in group:
                well = self._apply(task) and well
        return well

    def _apply(self, task: Task) -> bool:
        assert task.target is not None
        if self.orders.dry_run:
            word = "configured" if task.live else "created"
            self._record(task, SYNCED, SUCCEEDED, f"{called(task.target)} {word} (dry run)")
            return True
        applier = Applier(self.client, self.orders.options, self.orders.force)
        try:
            said = applier.apply(task.target, task.live)
        except Refused as refused:
            self._record(task, SYNC_FAILED, FAILED, str(refused))
            return False
        self._record(task, SYNCED, RUNNING, said)
        return True

    def _prune(self, task: Task) -> bool:
        if not self.orders.prune:
            status, said = PRUNE_SKIPPED, "ignored (requires pruning)"
        elif has_option(task.live, SYNC_OPTIONS, "Prune=false"):
            status, said = PRUNE_SKIPPED, "ignored (no prune)"
        elif self.orders.dry_run:
            status, said = PRUNED, "pruned (dry run)"
        else:
            status, said = PRUNED, "pruned"
            if problem := self._delete(task):
                status, said = SYNC_FAILED, problem
        self._record(task, status, _STATES[status], said)
        return status != SYNC_FAILED

    def _unconfirmed(self, tasks: Sequence[Task]) -> str | None:
        if self.orders.prune_confirmed or not self.orders.prune:
            return None
        names = [
            f"{task.obj['apiVersion']}/{task.key.kind}/{task.key.name}"
            for task in tasks
            if task.is_prune and has_option(task.live, SYNC_OPTIONS, "Prune=confirm")
        ]
        if not names:
            return None
        more = f" and {len(names) - 1} more resources" if len(names) > 1 else ""
        return f"Waiting for pruning confirmation of {names[0]}{more}"

    def _clear_hooks(self, tasks: Sequence[Task]) -> bool:
        """Delete what earlier operations have left of these hooks; whether there was anything."""
        old = [task for task in tasks if task.deletes_before] if not self.orders.dry_run else []
        for task in old:
            self._drop_finalizer(task)
            self._delete(task)
        return bool(old)

    def _fail(self, after_failure: list[Task], tasks: Iterable[Task], why: str) -> None:
        """Hooks for the failure run first; then it has failed."""
        said = [task.message for task in tasks if task.status == SYNC_FAILED]
        reasons = list(dict.fromkeys(said))
        told = f"{why}, reason: {','.join(reasons)}" if reasons else why
        waiting = [task for task in after_failure if not task.completed]
        if not waiting:
            return self._end(FAILED, told)
        self.phase = RUNNING
        if self._clear_hooks(waiting) or self._run([t for t in waiting if t.pending]):
            return None
        failed = [task.message for task in after_failure if task.status == SYNC_FAILED]
        more = f"one or more SyncFail hooks failed, reason: {','.join(failed)}"
        return self._end(FAILED, f"{told}\n{more}")

    def _release_hooks(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            if task.is_hook and task.completed:
                self._drop_finalizer(task)

    def _drop_finalizer(self, task: Task) -> None:
        live = task.live
        finalizers = (live or {}).get("metadata", {}).get("finalizers") or []
        if live is None or HOOK_FINALIZER not in finalizers:
            return
        rest = [name for name in finalizers if name != HOOK_FINALIZER]
        try:
            self.client.patch(live, {"metadata": {"finalizers": rest or None}})
        except NotFound:
            return
        except ApiError as error:
            said = f"Failed to remove hook finalizer: {error.message}"
            self._record(task, task.status, ERROR, said)

    def _delete_all(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            self._delete(task)

    def _delete(self, task: Task) -> str:
        """Ask for its deletion; what went wrong, "" for nothing."""
        live = task.live
        if live is None or is_terminating(live):
            return ""
        key = task.key
        propagation = self.orders.options.propagation
        try:
            self.client.delete(
                live["apiVersion"], key.kind, key.name, key.namespace, propagation=propagation
            )
        except NotFound:
            return ""
        except ApiError as error:
            return error.message
        return ""

    # -- on record

    def _record(self, task: Task, status: str, state: str, message: str) -> None:
        task.status, task.state = status, state
        task.message = message or task.message
        row = result_of(task, self.orders.namespace)
        for at, known in enumerate(self.results):
            if _identity(known) == _identity(row):
                self.results[at] = row
                return
        self.results.append(row)

    def _wait_for(self, tasks: Sequence[Task], reason: str = "") -> None:
        self.phase = RUNNING
        if not tasks:
            self.message = ""
            return
        first = tasks[0]
        what = reason or ("completion of hook" if first.is_hook else "healthy state of")
        kind = "hooks" if first.is_hook else "resources"
        more = f" and {len(tasks) - 1} more {kind}" if len(tasks) > 1 else ""
        self.message = f"waiting for {what} {first.place}{more}"

    def _end(self, phase: str, message: str) -> None:
        self.phase, self.message = phase, message


def _state_of(health: Health | None) -> str:
    """How a hook stands, by its health."""
    if health is None or health.status is HealthStatus.HEALTHY:
        return SUCCEEDED
    waits = health.status in (HealthStatus.PROGRESSING, HealthStatus.SUSPENDED)
    return RUNNING if waits else FAILED


def _identity(row: Object) -> tuple[object, ...]:
    return tuple(row.get(name, "") for name in ("group", "kind", "namespace", "name", "syncPhase"))
