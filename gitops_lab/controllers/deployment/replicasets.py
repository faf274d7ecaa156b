"""The writes that a Deployment makes: its own status, and its ReplicaSets."""

from gitops_lab.controllers.deployment.maths import replicas
from gitops_lab.controllers.deployment.revision import (
    new_replica_set,
    replica_annotations,
    same_template,
)
from gitops_lab.controllers.deployment.status import (
    has_deadline,
    progressing,
    with_condition,
)
from gitops_lab.controllers.framework.events import Source
from gitops_lab.controllers.framework.informers import SharedInformer, key_of
from gitops_lab.controllers.framework.ownership import controlled_by
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import Retry, is_namespace_terminating
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube import Client
from gitops_lab.kube.errors import AlreadyExists, ApiError, NotFound
from gitops_lab.kube.objects import Object, annotations_of, name_of, namespace_of

_SCALING = "ScalingReplicaSet"
_CREATE_FAILED = "ReplicaSetCreateError"


class Writer:
    """Writes for Deployments and remembers what it wrote."""

    def __init__(
        self, client: Client, events: Source, deployments: SharedInformer, sets: SharedInformer
    ) -> None:
        self._client = client
        self._events = events
        self._deployments, self._sets = deployments, sets
        self.written = Written()

    def status(self, deployment: Object, status: Object) -> Object:
        """Write the status, and the annotations with it; the Deployment as it is then."""
        answer = self._client.update({**deployment, "status": status}, subresource="status")
        self.written.note(key_of(deployment), self._deployments, answer)
        return answer

    def replica_set(self, deployment: Object, changed: Object) -> Object:
        """Write a ReplicaSet. Raises Conflict when it changed in between."""
        answer = self._client.update(changed)
        self.written.note(key_of(deployment), self._sets, answer)
        return answer

    def scale(self, deployment: Object, one: Object, size: int) -> Object:
        """Give a ReplicaSet this size, and note the Deployment's size on it."""
        before, noted = replicas(one), replica_annotations(deployment)
        held = annotations_of(one)
        if size == before and all(held.get(k) == v for k, v in noted.items()):
            return one
        metadata = {**one["metadata"], "annotations": {**held, **noted}}
        changed = {**one, "metadata": metadata, "spec": {**one["spec"], "replicas": size}}
        answer = self.replica_set(deployment, changed)
        if size != before:
            self._tell_scaled(deployment, answer, before, size)
        return answer

    def create(self, deployment: Object, number: int, size: int) -> Object:
        """Create the ReplicaSet of the Deployment's template with this size.

        Raises Retry after a hash collision, once the collision is noted in the status.
        """
        wanted = new_replica_set(deployment, number)
        wanted["spec"]["replicas"] = size
        try:
            made = self._client.create(wanted)
        except AlreadyExists:
            return self._existing(deployment, wanted)
        except ApiError as error:
            self._tell_failed(deployment, wanted, error)
            raise
        self.written.note(key_of(deployment), self._sets, made)
        if size:
            self._tell_scaled(deployment, made, 0, size)
        return made

    def delete(self, one: Object) -> None:
        """Delete an old ReplicaSet that the history does not hold any more."""
        try:
            self._client.delete("apps/v1", "ReplicaSet", name_of(one), namespace_of(one))
        except NotFound:
            return

    def _existing(self, deployment: Object, wanted: Object) -> Object:
        held = self._client.get("apps/v1", "ReplicaSet", name_of(wanted), namespace_of(wanted))
        same = same_template(held["spec"]["template"], deployment["spec"]["template"])
        if same and controlled_by(held, deployment):
            self.written.note(key_of(deployment), self._sets, held)
            return held
        status = dict(deployment.get("status") or {})
        status["collisionCount"] = int(status.get("collisionCount") or 0) + 1
        self.status(deployment, status)
        raise Retry(f"the name {name_of(wanted)} is taken: a collision of hashes")

    def _tell_scaled(self, deployment: Object, one: Object, before: int, after: int) -> None:
        direction = "up" if after > before else "down"
        message = f"Scaled {direction} replica set {name_of(one)} from {before} to {after}"
        self._events.normal(deployment, _SCALING, message)

    def _tell_failed(self, deployment: Object, wanted: Object, error: ApiError) -> None:
        if is_namespace_terminating(error):
            return
        message = f'Failed to create new replica set "{name_of(wanted)}": {error}'
        if has_deadline(deployment):
            failed = progressing("False", _CREATE_FAILED, message, now())
            self.status(deployment, with_condition(deployment.get("status"), failed))
        self._events.warning(deployment, _CREATE_FAILED, message)
