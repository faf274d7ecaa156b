"""Pods that are held for a Job that is gone: they are let go."""

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.job.pods import FINALIZER, is_tracked
from gitops_lab.kube import JSON_PATCH, Client
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, controller_of, namespace_of, uid_of


def release(client: Client, pod: Object) -> Object | None:
    """Take the tracking finalizer off a pod; None when the pod is gone.

    Raises Invalid when the pod changed in between.
    """
    held = list(pod["metadata"].get("finalizers") or [])
    path = "/metadata/finalizers"
    change = [
        {"op": "test", "path": "/metadata/uid", "value": uid_of(pod)},
        {"op": "test", "path": path, "value": held},
        {"op": "replace", "path": path, "value": [one for one in held if one != FINALIZER]},
    ]
    try:
        answer = client.patch(pod, change, content_type=JSON_PATCH)
    except NotFound:
        return None
    # A pod that only the finalizer held is gone with it: no later version will be seen.
    gone = answer["metadata"].get("deletionTimestamp") and not answer["metadata"].get("finalizers")
    return None if gone else answer


class JobPodsController(Controller):
    """Lets the pods of deleted Jobs go, which garbage collection then deletes."""

    name = "job-pods"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._jobs = context.informers.of("batch/v1", "Job")
        self._pods = context.informers.of("v1", "Pod")
        self._pods.subscribe(self._on_pod)
        self._jobs.subscribe(self._on_job)

    def sync(self, key: Key) -> None:
        """Let one pod go if its Job is no more."""
        pod = self._pods.get(*key)
        if pod is None or not is_tracked(pod):
            return
        owner = controller_of(pod)
        if owner is not None and owner.get("kind") == "Job":
            job = self._jobs.get(key[0], str(owner.get("name", "")))
            if job is not None and uid_of(job) == owner.get("uid"):
                return
        release(self.client, pod)

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED" and is_tracked(new):
            owner = controller_of(new)
            job = self._jobs.get(namespace_of(new), str((owner or {}).get("name", "")))
            if job is None or uid_of(job) != (owner or {}).get("uid"):
                self.enqueue(key_of(new))

    def _on_job(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            for pod in self._pods.controlled(uid_of(new)):
                self.enqueue(key_of(pod))
