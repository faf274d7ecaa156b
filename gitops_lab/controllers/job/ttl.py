"""Deletes finished Jobs when spec.ttlSecondsAfterFinished is over."""

from gitops_lab.controllers.framework import conditions
from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.times import now, seconds_since
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.job.status import COMPLETE, FAILED, is_finished
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, is_terminating, uid_of


class FinishedController(Controller):
    """Knows when each finished Job is to go."""

    name = "ttl-after-finished-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._jobs = context.informers.of("batch/v1", "Job")
        self._jobs.subscribe(self.enqueue_object)

    def sync(self, key: Key) -> None:
        """Delete the Job, with its pods first, or come back when its time is up."""
        job = self._jobs.get(*key)
        if job is None or is_terminating(job) or not is_finished(job):
            return
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        ago = seconds_since(_finished_at(job), now())
        if ttl is None or ago is None:
            return
        if ago < ttl:
            self.enqueue_after(key, ttl - ago)
            return
        try:
            self.client.delete(
                "batch/v1", "Job", key[1], key[0], propagation="Foreground", uid=uid_of(job)
            )
        except NotFound:
            return


def _finished_at(job: Object) -> str | None:
    listed = job["status"].get("conditions")
    found = conditions.find(listed, COMPLETE) or conditions.find(listed, FAILED) or {}
    return found.get("lastTransitionTime")
