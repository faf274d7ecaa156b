"""Which Jobs to sync when, and the pods they run."""

from collections.abc import Sequence

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.expectations import Expectations
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.ownership import Claims, controller_reference
from gitops_lab.controllers.framework.pod_control import PodControl
from gitops_lab.controllers.framework.ranking import pods_to_delete
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import (
    Context,
    Controller,
    is_namespace_terminating,
)
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.job import indexes, status
from gitops_lab.controllers.job.leftovers import release
from gitops_lab.controllers.job.pods import (
    index_of,
    is_indexed,
    make_pod,
    seconds_to_back_off,
)
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    is_terminating,
    name_of,
    namespace_of,
    uid_of,
)

_AT_MOST = 500


class JobController(Controller):
    """Runs as many pods at once as a Job allows, until enough have succeeded or it has failed."""

    name = "job-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._jobs = context.informers.of("batch/v1", "Job")
        self._pods = context.informers.of("v1", "Pod")
        self._expectations = Expectations()
        self._written = Written()
        self._control = PodControl(self.client, self.events)
        self._jobs.subscribe(self._on_job)
        self._pods.subscribe(self._on_pod)

    def sync(self, key: Key) -> None:
        """Count the Job's pods, decide whether it is over, and make or delete pods."""
        job = self._jobs.get(*key)
        if job is None or status.is_finished(job):
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        met, pods = self._expectations.met(key), self._claimed(job)
        counted, moment = status.tally(job, pods), now()
        decided = status.verdict(job, counted, moment)
        failure: ApiError | None = None
        if met and not is_terminating(job):
            failure = self._manage(key, job, (pods, counted, decided is not None))
        if met:
            self._write(key, job, status.calculate(job, counted, decided, moment))
        for pod in counted.to_release:
            released = release(self.client, pod)
            if released is not None:
                self._written.note(key, self._pods, released)
        left = status.seconds_to_deadline(job, moment)
        if left is not None and decided is None:
            self.enqueue_after(key, left)
        if failure is not None:
            raise failure

    # -- pods

    def _claimed(self, job: Object) -> list[Object]:
        own = self._pods.controlled(uid_of(job))
        if not job["spec"].get("selector"):
            return own
        reference = controller_reference(job, "batch/v1", "Job")
        claims = Claims(self.client, job, reference, lambda: self._fresh(job))
        return claims.claim([*own, *self._pods.orphans(namespace_of(job))])

    def _fresh(self, job: Object) -> Object:
        return self.client.get("batch/v1", "Job", name_of(job), namespace_of(job))

    def _manage(
        self, key: Key, job: Object, state: tuple[list[Object], status.Tally, bool]
    ) -> ApiError | None:
        pods, counted, over = state
        surplus = self._surplus(job, counted, over)
        try:
            if surplus > 0:
                doomed = pods_to_delete(counted.active, [], surplus, now())
                self._control.delete_all(key, job, doomed, self._expectations)
            elif surplus < 0 and not over:
                pause = seconds_to_back_off(job, pods, now())
                if pause > 0:
                    self.enqueue_after(key, pause)
                else:
                    self._create(key, job, counted, min(-surplus, _AT_MOST))
        except ApiError as error:
            return None if is_namespace_terminating(error) else error
        return None

    def _surplus(self, job: Object, counted: status.Tally, over: bool) -> int:
        """How many pods too many are at work; negative for too few."""
        active, spec = len(counted.active), job["spec"]
        if over or status.is_suspended(job):
            return active
        parallelism = 1 if spec.get("parallelism") is None else int(spec["parallelism"])
        if spec.get("completions") is None:
            wanted = active if counted.all_succeeded else parallelism
        else:
            wanted = min(parallelism, max(0, int(spec["completions"]) - counted.all_succeeded))
        if active < wanted and spec.get("podReplacementPolicy") == "Failed":
            wanted = max(active, wanted - counted.terminating)
        return active - wanted

    def _create(self, key: Key, job: Object, counted: status.Tally, count: int) -> None:
        numbers: Sequence[int | None] = [None] * count
        if is_indexed(job):
            taken = counted.completed | {index_of(pod) for pod in counted.active}
            numbers = indexes.first_pending(int(job["spec"]["completions"]), taken, count)
        self._expectations.expect_creations(key, len(numbers))
        made = 0
        try:
            for number in numbers:
                counted.active.append(self._control.create(job, make_pod(job, number)))
                made += 1
        finally:
            self._expectations.created(key, len(numbers) - made)

    # -- status

    def _write(self, key: Key, job: Object, wanted: Object) -> None:
        held = job.get("status") or {}
        if held == wanted:
            return
        answer = self.client.update({**job, "status": wanted}, subresource="status")
        self._written.note(key, self._jobs, answer)
        self._tell(job, held.get("conditions"), wanted.get("conditions"))

    def _tell(self, job: Object, before: list[Object] | None, after: list[Object] | None) -> None:
        for kind, reason in _TOLD.items():
            old, new = conditions.find(before, kind), conditions.find(after, kind)
            if new is None or (old and old.get("status") == new["status"]):
                continue
            if kind == status.FAILED:
                self.events.warning(job, new["reason"], new["message"])
            else:
                message = "Job completed" if kind == status.COMPLETE else new["message"]
                self.events.normal(job, reason or new["reason"].removeprefix("Job"), message)

    # -- what wakes a Job

    def _on_job(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and uid_of(old) != uid_of(new)):
            self._expectations.forget(key_of(new))
        self.enqueue(key_of(new))

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        reference = controller_of(new) or controller_of(old or new)
        if reference is None or reference.get("kind") != "Job":
            return
        job = self._jobs.get(namespace_of(new), str(reference.get("name", "")))
        if job is None or uid_of(job) != reference.get("uid"):
            return
        key = key_of(job)
        if kind == "DELETED" or is_terminating(new):
            self._expectations.deleted(key, uid_of(new))
        elif old is None:
            self._expectations.created(key)
        self.enqueue(key)


_TOLD = {status.SUSPENDED: "", status.COMPLETE: "Completed", status.FAILED: ""}
