"""One sync of one Deployment: from its ReplicaSets to the next step."""

from collections.abc import Iterable, Sequence

from gitops_lab.controllers.deployment import maths, revision, status
from gitops_lab.controllers.deployment.replicasets import Writer
from gitops_lab.controllers.framework.pods import is_terminal
from gitops_lab.controllers.framework.times import now
from gitops_lab.kube.objects import Object, annotations_of, is_terminating, name_of, uid_of


class Rollout:
    """The Deployment and its ReplicaSets, changed as steps are taken.

    `old` are the ReplicaSets of other templates, `new` that of the Deployment's, once there is one.
    """

    def __init__(self, writer: Writer, deployment: Object, sets: Sequence[Object]) -> None:
        self._writer = writer
        self.deployment = deployment
        self._sets = list(sets)
        self.new = revision.find_new(deployment, sets)
        self.old = [one for one in sets if self.new is None or uid_of(one) != uid_of(self.new)]

    def run(self, old_pods: Iterable[Object]) -> float | None:
        """Take the next step; the seconds until the progress deadline is to be checked, or None.

        `old_pods` are looked at by the Recreate strategy only.
        """
        if not is_terminating(self.deployment):
            self._tell_pause()
            self._update_new()
            if self._goes_on():
                if maths.is_rolling(self.deployment):
                    self._roll()
                else:
                    self._recreate(old_pods)
                return self._finish()
        self._count()
        return None

    def _goes_on(self) -> bool:
        """Whether the rollout may take a step; a paused or scaled one only changes its size."""
        if self.deployment["spec"].get("paused"):
            self._scale()
            self._clean_up()
            return False
        if maths.is_scaled(self.deployment, self._all()):
            self._scale()
            return False
        return True

    # -- strategies

    def _roll(self) -> None:
        new = self.new or self._create()
        size = maths.new_set_size(self.deployment, self._all(), new)
        if size != maths.replicas(new):
            self.new = self._writer.scale(self.deployment, new, size)
            return
        steps = maths.shrink_old_sets(self.deployment, maths.active(self.old), new)
        for one, smaller in steps:
            self._resize(one, smaller)
        if not steps and status.is_complete(self.deployment, self.deployment.get("status")):
            self._clean_up()

    def _recreate(self, old_pods: Iterable[Object]) -> None:
        shrinking = maths.active(self.old)
        for one in shrinking:
            self._resize(one, 0)
        if shrinking or maths.total_status(self.old, "replicas"):
            return
        if any(not is_terminal(pod) for pod in old_pods):
            return
        new = self.new or self._create()
        if maths.replicas(new) != maths.replicas(self.deployment):
            self.new = self._writer.scale(self.deployment, new, maths.replicas(self.deployment))
        if status.is_complete(self.deployment, self.deployment.get("status")):
            self._clean_up()

    def _scale(self) -> None:
        """Bring the ReplicaSets to a changed size without going on with the rollout."""
        only = maths.only_active_or_latest(self.new, self.old)
        if only is not None:
            if maths.replicas(only) != maths.replicas(self.deployment):
                self._resize(only, maths.replicas(self.deployment))
        elif maths.is_saturated(self.deployment, self.new):
            for one in maths.active(self.old):
                self._resize(one, 0)
        elif maths.is_rolling(self.deployment):
            for one, size in maths.scale_in_proportion(self.deployment, self._all()):
                self._resize(one, size)

    def _clean_up(self) -> None:
        """Delete the oldest old ReplicaSets beyond revisionHistoryLimit, if they are empty."""
        limit = status.history_limit(self.deployment)
        alive = [one for one in self.old if not is_terminating(one)]
        if limit is None or len(alive) <= limit:
            return
        by_revision = sorted(maths.oldest_first(alive), key=revision.revision)
        for one in by_revision[: len(alive) - limit]:
            if _is_empty(one):
                self._writer.delete(one)

    # -- steps

    def _tell_pause(self) -> None:
        pause = status.pause_change(self.deployment, now())
        if pause:
            changed = status.with_condition(self.deployment.get("status"), pause)
            self.deployment = self._writer.status(self.deployment, changed)

    def _update_new(self) -> None:
        """Bring annotations and revision of the new ReplicaSet and of the Deployment in line."""
        if self.new is None:
            return
        number = revision.next_revision(self.old)
        annotations = revision.set_annotations(self.deployment, self.new, number)
        held = self.new["spec"].get("minReadySeconds") or 0
        asked = self.deployment["spec"].get("minReadySeconds") or 0
        if annotations != annotations_of(self.new) or held != asked:
            metadata = {**self.new["metadata"], "annotations": annotations}
            changed = {**self.new, "metadata": metadata}
            if held != asked:
                changed["spec"] = {**self.new["spec"], "minReadySeconds": asked}
            self.new = self._replaced(self._writer.replica_set(self.deployment, changed))
        current = self.deployment.get("status")
        found = None
        if status.has_deadline(self.deployment) and status.progress_of(current) is None:
            message = f'Found new replica set "{name_of(self.new)}"'
            found = status.progressing("True", "FoundNewReplicaSet", message, now())
        self._note_revision(annotations.get(revision.REVISION, ""), found)

    def _create(self) -> Object:
        number = revision.next_revision(self.old)
        empty = revision.new_replica_set(self.deployment, number)
        size = maths.new_set_size(self.deployment, [*self.old, empty], empty)
        self.new = self._writer.create(self.deployment, number, size)
        created = None
        if status.has_deadline(self.deployment):
            message = f'Created new replica set "{name_of(self.new)}"'
            created = status.progressing("True", "NewReplicaSetCreated", message, now())
        self._note_revision(str(number), created)
        return self.new

    def _note_revision(self, number: str, progress: Object | None) -> None:
        held = annotations_of(self.deployment)
        if held.get(revision.REVISION) == number and progress is None:
            return
        metadata = {
            **self.deployment["metadata"],
            "annotations": {**held, revision.REVISION: number},
        }
        current = self.deployment.get("status") or {}
        if progress is not None:
            current = status.with_condition(current, progress)
        self.deployment = self._writer.status({**self.deployment, "metadata": metadata}, current)

    def _resize(self, one: Object, size: int) -> None:
        # A ReplicaSet can be taken from twice in one step: go on from what was last written.
        latest = next(held for held in self._all() if uid_of(held) == uid_of(one))
        self._replaced(self._writer.scale(self.deployment, latest, size))

    def _replaced(self, one: Object) -> Object:
        if self.new is not None and uid_of(self.new) == uid_of(one):
            self.new = one
        self.old = [one if uid_of(held) == uid_of(one) else held for held in self.old]
        return one

    def _all(self) -> list[Object]:
        return [*self.old, *([self.new] if self.new else [])]

    # -- status

    def _count(self) -> None:
        """Write the counters; progress is not estimated while scaling or paused."""
        self._write(status.calculate(self.deployment, self._all(), self.new, now()))

    def _finish(self) -> float | None:
        moment = now()
        wanted = status.rollout_status(self.deployment, self._all(), self.new, moment)
        if self._write(wanted):
            return None
        return status.seconds_to_progress_check(self.deployment, wanted, moment)

    def _write(self, wanted: Object) -> bool:
        held = self.deployment.get("status") or {}
        if _significant(held) == _significant(wanted):
            return False
        self.deployment = self._writer.status(self.deployment, wanted)
        return True


def _significant(held: Object) -> Object:
    """A status without zero counters and empty lists, which an API may write or leave out."""
    kept = {k: v for k, v in held.items() if v or k in ("collisionCount", "terminatingReplicas")}
    return {k: v for k, v in kept.items() if v is not None}


def _is_empty(one: Object) -> bool:
    seen = maths.status_count(one, "observedGeneration")
    return (
        maths.replicas(one) == 0
        and maths.status_count(one, "replicas") == 0
        and int(one["metadata"].get("generation", 0)) <= seen
    )
