"""Which ReplicaSets to sync when, and the pods they make and delete."""

from collections.abc import Sequence

from gitops_lab.controllers.framework.expectations import Expectations
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.ownership import Claims, controller_reference
from gitops_lab.controllers.framework.pod_control import PodControl
from gitops_lab.controllers.framework.pods import is_active, is_terminal, pod_from_template
from gitops_lab.controllers.framework.ranking import pods_to_delete
from gitops_lab.controllers.framework.selectors import is_empty, matches
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import (
    Context,
    Controller,
    is_namespace_terminating,
)
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.replicaset import status
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)

_AT_MOST = 500


class ReplicaSetController(Controller):
    """Keeps the number of pods of every ReplicaSet as its spec says."""

    name = "replicaset-controller"
    api_version, kind = "apps/v1", "ReplicaSet"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sets = context.informers.of(self.api_version, self.kind)
        self._pods = context.informers.of("v1", "Pod")
        self._expectations = Expectations()
        self._written = Written()
        self._control = PodControl(self.client, self.events)
        self._sets.subscribe(self._on_set)
        self._pods.subscribe(self._on_pod)

    def sync(self, key: Key) -> None:
        """Make or delete pods as asked, unless earlier ones are still to be seen; then count."""
        one = self._sets.get(*key)
        if one is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        held = self._pods.controlled(uid_of(one))
        orphans = self._pods.orphans(namespace_of(one))
        active = [pod for pod in [*held, *orphans] if is_active(pod)]
        reference = controller_reference(one, self.api_version, self.kind)
        pods = Claims(self.client, self.selecting(one), reference, lambda: self._fresh(one)).claim(
            active
        )
        failure: ApiError | None = None
        if self._expectations.met(key) and not is_terminating(one):
            failure = self._manage(key, one, pods)
        leaving = [pod for pod in held if is_terminating(pod) and not is_terminal(pod)]
        self._count(key, one, pods, (len(leaving), failure))
        if failure is not None:
            raise failure

    # -- pods

    def _manage(self, key: Key, one: Object, pods: Sequence[Object]) -> ApiError | None:
        surplus = len(pods) - status.wanted_replicas(one)
        try:
            if surplus < 0:
                self._create(key, one, min(-surplus, _AT_MOST))
            elif surplus > 0:
                self._delete(key, one, pods, min(surplus, _AT_MOST))
        except ApiError as error:
            return None if is_namespace_terminating(error) else error
        return None

    def _create(self, key: Key, one: Object, count: int) -> None:
        reference = controller_reference(one, self.api_version, self.kind)
        pod = pod_from_template(one["spec"]["template"], one, reference)
        self._expectations.expect_creations(key, count)
        made = 0
        try:
            for _ in range(count):
                self._control.create(one, pod)
                made += 1
        finally:
            # No watch will show what was not made.
            self._expectations.created(key, count - made)

    def _delete(self, key: Key, one: Object, pods: Sequence[Object], count: int) -> None:
        doomed = pods_to_delete(pods, self._related(one), count, now())
        self._control.delete_all(key, one, doomed, self._expectations)

    def _related(self, one: Object) -> list[Object]:
        """The pods of all ReplicaSets that have the same owner as this one."""
        owner = controller_of(one)
        sets = self._sets.controlled(str(owner["uid"])) if owner else [one]
        return [pod for other in sets for pod in self._pods.controlled(uid_of(other))]

    def _fresh(self, one: Object) -> Object:
        return self.client.get(self.api_version, self.kind, name_of(one), namespace_of(one))

    def _count(
        self, key: Key, one: Object, pods: Sequence[Object], went: tuple[int, ApiError | None]
    ) -> None:
        """Write the status. `went` is how many pods are leaving, and what failed."""
        moment = now()
        leaving, failure = went
        wanted = self.calculate(one, pods, leaving, str(failure or ""), moment)
        if _significant(one.get("status") or {}) != _significant(wanted):
            answer = self.client.update({**one, "status": wanted}, subresource="status")
            self._written.note(key, self._sets, answer)
        check_after = status.seconds_to_availability_check(one, pods, moment)
        if check_after is not None:
            self.enqueue_after(key, check_after)

    calculate = staticmethod(status.calculate)

    @staticmethod
    def selecting(one: Object) -> Object:
        """The owner with a LabelSelector as its selector."""
        return one

    # -- what wakes a ReplicaSet

    def _on_set(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and uid_of(old) != uid_of(new)):
            # One of the same name that comes next starts clean.
            self._expectations.forget(key_of(new))
        self.enqueue(key_of(new))

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        gone = kind == "DELETED" or is_terminating(new)
        before, after = controller_of(old or new), controller_of(new)
        moved = before and (after is None or before.get("uid") != after.get("uid"))
        if before and moved and (key := self._owner_key(new, before)):
            self.enqueue(key)
        if after:
            self._observe(new, after, gone=gone, fresh=old is None)
        elif not gone and (old is None or before or labels_of(old) != labels_of(new)):
            self._wake_matching(new)

    def _observe(self, pod: Object, reference: Object, *, gone: bool, fresh: bool) -> None:
        key = self._owner_key(pod, reference)
        if key is None:
            return
        # Before the key is queued: a worker that finds the expectation open does not come again.
        if gone:
            self._expectations.deleted(key, uid_of(pod))
        elif fresh:
            self._expectations.created(key)
        self.enqueue(key)

    def _owner_key(self, pod: Object, reference: Object) -> Key | None:
        if reference.get("kind") != self.kind:
            return None
        owner = self._sets.get(namespace_of(pod), str(reference.get("name", "")))
        if owner is None or uid_of(owner) != reference.get("uid"):
            return None
        return key_of(owner)

    def _wake_matching(self, pod: Object) -> None:
        """An orphan may be adopted by whoever selects it."""
        for one in self._sets.in_namespace(namespace_of(pod)):
            selector = self.selecting(one)["spec"].get("selector")
            if not is_empty(selector) and matches(selector, labels_of(pod)):
                self.enqueue(key_of(one))


def _significant(held: Object) -> Object:
    """A status without the zero counters that an API may write or leave out."""
    return {k: v for k, v in held.items() if v or k in ("replicas", "terminatingReplicas")}
