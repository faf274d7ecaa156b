"""Which StatefulSets to sync when, and which revision they are on."""

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.ownership import Claims
from gitops_lab.controllers.framework.revisions import (
    HASH,
    History,
    data_hash,
    new_revision,
    next_number,
    number,
    template_data,
    with_template,
)
from gitops_lab.controllers.framework.selectors import is_empty, matches
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import Context, Controller, Retry
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.statefulset import status
from gitops_lab.controllers.statefulset.identity import parent_of, revision_of
from gitops_lab.controllers.statefulset.pods import ClaimLeaving, StatefulPods
from gitops_lab.controllers.statefulset.rollout import Step
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


class StatefulSetController(Controller):
    """Keeps the pods of every StatefulSet, each with a name and claims of its own."""

    name = "statefulset-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sets = context.informers.of("apps/v1", "StatefulSet")
        self._pods = context.informers.of("v1", "Pod")
        claims = context.informers.of("v1", "PersistentVolumeClaim")
        revisions = context.informers.of("apps/v1", "ControllerRevision")
        self._revisions_held = revisions
        self._written = Written()
        self._history = History(self.client, revisions, "StatefulSet", self._written)
        self._writer = StatefulPods(self.client, self.events, (self._pods, claims), self._written)
        self._sets.subscribe(self.enqueue_object)
        self._pods.subscribe(self._on_dependant)
        revisions.subscribe(self._on_dependant)
        claims.subscribe(self._on_claim)

    def sync(self, key: Key) -> None:
        """Take one step towards what the spec asks for, and write how the set stands."""
        one = self._sets.get(*key)
        if one is None or is_empty(one["spec"].get("selector")):
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        pods, history = self._claimed(one), self._history.of(one)
        current, update, collisions = self._revisions(one, history)
        failure: Exception | None = None
        moment = now()
        versions = (with_template(one, current), with_template(one, update))
        step = Step(self._writer, one, versions, (current, update), moment)
        if not is_terminating(one):
            try:
                step.run(pods, self._history.reference(one))
            except (ApiError, ClaimLeaving) as error:
                failure = error
        counted = status.calculate(one, pods, (current, update), collisions, moment)
        counted["currentReplicas"] = max(0, counted["currentReplicas"] - step.deleted_for_update)
        self._write(key, one, status.completed(one, counted))
        live = {name_of(current), name_of(update), *map(revision_of, pods)}
        self._history.truncate(one, history, live)
        check_after = status.seconds_to_availability_check(one, pods, moment)
        if check_after is not None:
            self.enqueue_after(key, check_after)
        if isinstance(failure, ApiError):
            raise failure
        if failure is not None:
            raise Retry(str(failure))

    def _claimed(self, one: Object) -> list[Object]:
        candidates = [
            pod
            for pod in [
                *self._pods.controlled(uid_of(one)),
                *self._pods.orphans(namespace_of(one)),
            ]
            if parent_of(pod) == name_of(one)
        ]
        claims = Claims(self.client, one, self._history.reference(one), lambda: self._fresh(one))
        return claims.claim(candidates)

    def _fresh(self, one: Object) -> Object:
        return self.client.get("apps/v1", "StatefulSet", name_of(one), namespace_of(one))

    def _revisions(self, one: Object, history: list[Object]) -> tuple[Object, Object, int]:
        """The current and the update revision, and how many hashes have collided."""
        held = one.get("status") or {}
        collisions = int(held.get("collisionCount") or 0)
        data = template_data(one)
        equal = [revision for revision in history if revision["data"] == data]
        if equal and equal[-1] is history[-1]:
            update = equal[-1]
        elif equal:
            update = self._history.renumber(one, equal[-1], number(history[-1]) + 1)
        else:
            update, collisions = self._create_revision(one, next_number(history), collisions)
        named = (rev for rev in history if name_of(rev) == held.get("currentRevision"))
        return next(named, update), update, collisions

    def _create_revision(self, one: Object, number: int, collisions: int) -> tuple[Object, int]:
        while True:
            digest = data_hash(template_data(one), collisions)
            revision = new_revision(one, self._history.reference(one), number, digest)
            revision["metadata"]["labels"][HASH] = digest
            made = self._history.create(one, revision)
            if made is not None:
                return made, collisions
            collisions += 1

    def _write(self, key: Key, one: Object, wanted: Object) -> None:
        if status.is_new(one.get("status") or {}, wanted):
            answer = self.client.update({**one, "status": wanted}, subresource="status")
            self._written.note(key, self._sets, answer)

    # -- what wakes a StatefulSet

    def _on_dependant(self, kind: str, new: Object, old: Object | None) -> None:
        before, after = controller_of(old or new), controller_of(new)
        for reference in (before, after):
            if reference is not None and reference.get("kind") == "StatefulSet":
                owner = self._sets.get(namespace_of(new), str(reference.get("name", "")))
                if owner is not None and uid_of(owner) == reference.get("uid"):
                    if kind == "DELETED":
                        informer = self._pods if new["kind"] == "Pod" else self._revisions_held
                        self._written.gone(key_of(owner), informer, new)
                    self.enqueue(key_of(owner))
        if after is not None or kind == "DELETED":
            return
        for one in self._sets.in_namespace(namespace_of(new)):
            selector = one["spec"].get("selector")
            if not is_empty(selector) and matches(selector, labels_of(new)):
                self.enqueue(key_of(one))

    def _on_claim(self, kind: str, new: Object, old: Object | None) -> None:
        for one in self._sets.in_namespace(namespace_of(new)):
            if one["spec"].get("volumeClaimTemplates") and parent_of(new).endswith(
                f"-{name_of(one)}"
            ):
                self.enqueue(key_of(one))
