"""Carrying out a plan: phases and waves in order, hooks among them, what left Git at the end.

Without waves and hooks it is one step, and nothing is waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gitops_lab.engine.apply import Applier, Done, Outcome, SyncFailed
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.errors import ApplyError, StageError
from gitops_lab.engine.hooks import HookRunner, add_result
from gitops_lab.engine.intent import Intent
from gitops_lab.engine.marks import Hook, Phase
from gitops_lab.engine.plan import Action, Plan
from gitops_lab.engine.prune import prune
from gitops_lab.engine.run import Run
from gitops_lab.engine.status import HookResult, LastSync
from gitops_lab.engine.steps import Step, after_failure, steps_of
from gitops_lab.engine.waiting import Preempted, Waiter


@dataclass
class Sync:
    """One sync of one App. What it has done stands in `run.outcomes`, also when it fails."""

    run: Run
    cluster: Cluster
    plan: Plan
    hooks: Sequence[Hook]
    intent: Intent
    _waiter: Waiter = field(init=False)
    _applier: Applier = field(init=False)

    def __post_init__(self) -> None:
        run = self.run
        timeout = float(run.app.options.timeout)
        self._waiter = Waiter(self.cluster.live, timeout, run.cancelled)
        self._applier = Applier(run.app, self.cluster, run.records, run.semantics, self._waiter)

    def carry_out(self) -> None:
        """All of it. Raises SyncFailed, HookFailed, PruneFailed, ApplyError, Preempted."""
        try:
            self._forward()
        except Preempted:
            raise
        except ApplyError as error:
            self._after_failure(error)
            raise

    def _forward(self) -> None:
        steps = self._steps()
        changes = [change for step in steps for change in step.changes]
        self._applier.create_namespace(changes, needed=bool(self.hooks))
        before = [step for step in steps if step.phase is not Phase.POST_SYNC]
        after = [step for step in steps if step.phase is Phase.POST_SYNC]
        for number, step in enumerate(before, start=1):
            self._do(step, rest=before[number:])
            if number < len(before) or after:
                self._wait(step)
        self.run.outcomes += self._prune()
        for step in after:
            self._do(step, rest=[])

    def _steps(self) -> list[Step]:
        """In order; drift is healed at once, since what stands around it stands already."""
        if not self.intent.apply:
            return []
        changes = tuple(change for change in self.plan.changes if change.desired)
        if self.intent.trigger == "drift":
            return [Step(Phase.SYNC, 0, changes)]
        return steps_of(changes, self.hooks, self.run.semantics.annotations)

    def _do(self, step: Step, rest: Sequence[Step]) -> None:
        if step.hooks or len(rest):
            self.run.tell_step(step.name)
        try:
            self.run.outcomes += self._applier.apply(step.changes)
        except SyncFailed as error:
            raise self._with_rest(error, rest) from error
        if step.hooks:
            self._hook_runner().run(step.hooks, step.phase)

    def _wait(self, step: Step) -> None:
        """The next step begins when this one is healthy; what was healthy before still counts."""
        keys = [change.key for change in step.changes]
        self._waiter.until_healthy(keys, step.name)

    def _prune(self) -> tuple[Outcome, ...]:
        run = self.run
        names = run.semantics.annotations
        return prune(self.plan, self.cluster, run.records, self._waiter, names)

    def _with_rest(self, error: SyncFailed, rest: Sequence[Step]) -> SyncFailed:
        """What later steps would have written was not tried either."""
        pending = (Action.CREATE, Action.UPDATE)
        left = [c.key for step in rest for c in step.changes if c.action in pending]
        if not left and not self.run.outcomes:
            return error
        outcomes = [*self.run.outcomes, *error.outcomes]
        self.run.outcomes = ()
        return SyncFailed([*outcomes, *(Outcome(key, Done.NOT_TRIED) for key in left)])

    def _after_failure(self, error: ApplyError) -> None:
        for step in after_failure(self.hooks):
            try:
                self._hook_runner().run(step.hooks, step.phase)
            except StageError as second:
                error.message += f" And then {second.message}"

    def _hook_runner(self) -> HookRunner:
        run = self.run
        assert run.last_sync is not None
        return HookRunner(
            run.app.id, self.cluster, run.semantics, self._waiter, run.last_sync, self._record
        )

    def _record(self, result: HookResult) -> LastSync:
        """A result is on record before anything else happens."""
        run = self.run
        assert run.last_sync is not None
        run.last_sync = add_result(run.last_sync, result)
        run.previous = replace(run.previous, last_sync=run.last_sync)
        run.on_record()
        return run.last_sync
