"""Makes and deletes pods for their owner, and tells of it in the owner's events."""

from collections.abc import Hashable, Iterable

from gitops_lab.controllers.framework.events import Source
from gitops_lab.controllers.framework.expectations import Expectations
from gitops_lab.controllers.framework.workers import is_namespace_terminating
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import Object, name_of, namespace_of, uid_of


class PodControl:
    """Writes the pods of workload controllers."""

    def __init__(self, client: Client, events: Source) -> None:
        self._client = client
        self._events = events

    def create(self, owner: Object, pod: Object) -> Object:
        """Create a pod. Raises ApiError after telling of it."""
        try:
            made = self._client.create(pod)
        except ApiError as error:
            if not is_namespace_terminating(error):
                self._events.warning(owner, "FailedCreate", f"Error creating: {error}")
            raise
        self._events.normal(owner, "SuccessfulCreate", f"Created pod: {name_of(made)}")
        return made

    def delete(self, owner: Object, pod: Object) -> None:
        """Delete a pod. Raises NotFound when it is gone, other ApiErrors after telling of it."""
        try:
            self._client.delete("v1", "Pod", name_of(pod), namespace_of(pod))
        except NotFound:
            raise
        except ApiError as error:
            self._events.warning(owner, "FailedDelete", f"Error deleting: {error}")
            raise
        self._events.normal(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def delete_all(
        self, key: Hashable, owner: Object, pods: Iterable[Object], expectations: Expectations
    ) -> None:
        """Delete pods and expect to see each go. Raises the last ApiError when all were tried."""
        doomed = list(pods)
        expectations.expect_deletions(key, [uid_of(pod) for pod in doomed])
        failure: ApiError | None = None
        for pod in doomed:
            try:
                self.delete(owner, pod)
            except ApiError as error:  # no watch will show what was not deleted
                expectations.deleted(key, uid_of(pod))
                failure = failure if isinstance(error, NotFound) else error
        if failure is not None:
            raise failure
