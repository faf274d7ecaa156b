"""Running hooks: each once for a sync, however often the engine is killed in between.

A hook's object carries the id of the sync for which it runs, which is on record in the App's status
before the object is made. Found with that id, it runs or has run. Its result is on record before
the object is deleted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.desired import Desired
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.failures import refused
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.marks import SYNC_ID, DeletePolicy, Hook, Phase
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.status import HookResult, LastSync
from gitops_lab.engine.waiting import Waiter
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import annotations_of, is_terminating, uid_of

SUCCEEDED = "Succeeded"
FAILED = "Failed"


class HookFailed(ApplyError):
    """A hook ended badly. It isn't run again for the same sync."""

    default_reason = "HookFailed"
    default_retry = False


@dataclass
class HookRunner:
    """Runs hooks of one App for the sync on record; `record` puts a result on record."""

    app_id: str
    cluster: Cluster
    semantics: Semantics
    waiter: Waiter
    sync: LastSync
    record: Callable[[HookResult], LastSync]

    def run(self, hooks: Sequence[Hook], phase: Phase) -> None:
        """Run these at the same time, to their ends. Raises HookFailed, ApplyError, Preempted."""
        waiting = [hook for hook in hooks if not self._is_done(hook, phase)]
        for hook in waiting:
            self._start(hook)
        for hook in waiting:
            self._finish(hook, phase)

    def _is_done(self, hook: Hook, phase: Phase) -> bool:
        """Whether it has succeeded for this sync. Raises HookFailed when it has failed."""
        known = next(
            (r for r in self.sync.hooks if (r.key, r.phase) == (hook.one.key, phase)), None
        )
        if known is None:
            return False
        self._clean_up(hook, known.result)  # it may have failed the last time
        if known.result == FAILED:
            raise _failed(hook, phase, known.message)
        return True

    def _start(self, hook: Hook) -> None:
        one = hook.one
        live = self._read(one)
        if live is not None and annotations_of(live).get(SYNC_ID) == self.sync.id:
            self.cluster.live.observe(live)
            return
        if live is not None:
            self._refuse_others(one, live)
            self._delete(one, live)
        self._create(one)

    def _create(self, one: Desired) -> None:
        metadata = one.obj["metadata"]
        annotations = {**metadata["annotations"], SYNC_ID: self.sync.id}
        obj = {**one.obj, "metadata": {**metadata, "annotations": annotations}}
        try:
            answer = self.cluster.client.apply(
                obj, field_manager=self.semantics.field_manager, force=True
            )
        except ApiError as error:
            raise refused(error, one, ApplyError) from error
        self.cluster.live.observe(answer)

    def _finish(self, hook: Hook, phase: Phase) -> None:
        key = hook.one.key
        in_time = self.waiter.until(lambda: self._result(key) is not None)
        result = self._result(key) if in_time else (FAILED, _late(self.waiter.timeout))
        assert result is not None
        self.sync = self.record(HookResult(key, str(phase), *result))
        self._clean_up(hook, result[0])
        if result[0] == FAILED:
            raise _failed(hook, phase, result[1])

    def _result(self, key: ObjectKey) -> tuple[str, str] | None:
        """(result, message) once it has ended."""
        seen = self.cluster.live.get(key)
        if seen is None or seen.terminating:
            return FAILED, "its object was deleted before it ended"
        if seen.health is None or seen.health.status is HealthStatus.HEALTHY:
            return SUCCEEDED, ""
        if seen.health.status is HealthStatus.DEGRADED:
            return FAILED, seen.health.message
        return None

    def _clean_up(self, hook: Hook, result: str) -> None:
        policy = DeletePolicy.SUCCEEDED if result == SUCCEEDED else DeletePolicy.FAILED
        if policy not in hook.delete:
            return
        live = self._read(hook.one)
        if live is not None and not is_terminating(live):
            self._ask_to_go(hook.one, live)

    def _read(self, one: Desired) -> Object | None:
        key = one.key
        try:
            return self.cluster.client.get(one.api_version, key.kind, key.name, key.namespace)
        except NotFound:
            return None
        except ApiError as error:
            raise refused(error, one, ApplyError) from error

    def _refuse_others(self, one: Desired, live: Object) -> None:
        if self.semantics.marks.owner_of(live) != self.app_id:
            raise ApplyError(
                f"{one.key} is there already, and is not a hook of this App.",
                reason="SharedObject",
                hint="Give the hook another name.",
                place=one.place,
                retry=False,
            )

    def _delete(self, one: Desired, live: Object) -> None:
        """Delete what an earlier sync has left, and wait until it is gone."""
        uid = uid_of(live)
        if not is_terminating(live):
            self._ask_to_go(one, live)

        def gone() -> bool:
            now = self._read(one)
            return now is None or uid_of(now) != uid

        if not gone() and not self.waiter.until(gone):
            raise ApplyError(
                f"{one.key} of an earlier sync does not go away.",
                reason="HookNotDeleted",
                hint="Something keeps it: see its finalizers.",
                place=one.place,
            )
        self.cluster.live.forget(one.key)

    def _ask_to_go(self, one: Desired, live: Object) -> None:
        key = one.key
        try:
            self.cluster.client.delete(
                one.api_version, key.kind, key.name, key.namespace, uid=uid_of(live)
            )
        except (NotFound, Conflict):
            return
        except ApiError as error:
            raise refused(error, one, ApplyError) from error


def add_result(sync: LastSync, result: HookResult) -> LastSync:
    """The sync with one more result on record."""
    others = (r for r in sync.hooks if (r.key, r.phase) != (result.key, result.phase))
    return replace(sync, hooks=(*others, result))


def _failed(hook: Hook, phase: Phase, message: str) -> HookFailed:
    what = message.rstrip(".") or "it says no more"
    return HookFailed(
        f"the {phase} hook {hook.one.key} failed: {what}.",
        hint="Correct it and push, or run it again as it is: `gitops-lab app sync`.",
        place=hook.one.place,
    )


def _late(seconds: float) -> str:
    return f"it did not end within {seconds:.0f} s"
