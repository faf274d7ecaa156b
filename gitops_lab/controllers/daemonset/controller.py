"""Which DaemonSets to sync when, and the pods they make and delete."""

from gitops_lab.controllers.daemonset import status
from gitops_lab.controllers.daemonset.failures import Failures
from gitops_lab.controllers.daemonset.placing import HASH, by_node, make_pod, node_of
from gitops_lab.controllers.daemonset.rollout import Daemon, Work, placement, rolling_update
from gitops_lab.controllers.framework.expectations import Expectations
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.ownership import Claims
from gitops_lab.controllers.framework.pod_control import PodControl
from gitops_lab.controllers.framework.revisions import (
    History,
    data_hash,
    new_revision,
    number,
    template_data,
)
from gitops_lab.controllers.framework.selectors import is_empty, matches
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import (
    Context,
    Controller,
    Retry,
    is_namespace_terminating,
)
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    is_terminating,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)

_AT_MOST = 250
_SELECTING_ALL = "This daemon set is selecting all pods. A non-empty selector is required."


class DaemonSetController(Controller):
    """Keeps one pod of every DaemonSet on every node that is meant to have one."""

    name = "daemonset-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sets = context.informers.of("apps/v1", "DaemonSet")
        self._pods = context.informers.of("v1", "Pod")
        self._nodes = context.informers.of("v1", "Node")
        self._revisions = context.informers.of("apps/v1", "ControllerRevision")
        self._expectations, self._failures = Expectations(), Failures()
        self._written = Written()
        self._history = History(self.client, self._revisions, "DaemonSet", self._written)
        self._control = PodControl(self.client, self.events)
        self._sets.subscribe(self._on_set)
        self._pods.subscribe(self._on_pod)
        self._nodes.subscribe(self._on_node)
        self._revisions.subscribe(self._on_revision)

    def sync(self, key: Key) -> None:
        """Make and delete pods as the nodes and the update ask for; then count."""
        one = self._sets.get(*key)
        if one is None or is_terminating(one):
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        if is_empty(one["spec"].get("selector")):
            self.events.warning(one, "SelectingAll", _SELECTING_ALL)
            return
        history = self._history.of(one)
        current = self._current(one, history)
        digest = labels_of(current).get(HASH, "")
        daemon = Daemon(one, digest, self._nodes.in_namespace(""), now())
        failure, met = None, self._expectations.met(key)
        if met:
            failure = self._act(key, daemon)
            self._clean_up(one, [rev for rev in history if name_of(rev) != name_of(current)])
        self._count(key, daemon, observed=met)
        if failure is not None:
            raise failure

    # -- pods

    def _claimed(self, one: Object) -> list[Object]:
        claims = Claims(self.client, one, self._history.reference(one), lambda: self._fresh(one))
        orphans = self._pods.orphans(namespace_of(one))
        return claims.claim([*self._pods.controlled(uid_of(one)), *orphans])

    def _fresh(self, one: Object) -> Object:
        return self.client.get("apps/v1", "DaemonSet", name_of(one), namespace_of(one))

    def _act(self, key: Key, daemon: Daemon) -> ApiError | None:
        placed = by_node(self._claimed(daemon.one))
        work = placement(daemon, placed)
        work.pods += [pod for pod in work.ended if self._may_replace(key, daemon.one, pod)]
        strategy = (daemon.one["spec"].get("updateStrategy") or {}).get("type")
        if not work.nodes and not work.pods and strategy != "OnDelete":
            work = rolling_update(daemon, placed)
        try:
            self._do(key, daemon, work)
        except ApiError as error:
            return None if is_namespace_terminating(error) else error
        return None

    def _may_replace(self, key: Key, one: Object, pod: Object) -> bool:
        """Tell of a pod that ended by itself; a failed one may have to wait."""
        place = f"{namespace_of(pod)}/{name_of(pod)} on node {node_of(pod)}"
        if pod["status"]["phase"] == "Succeeded":
            message = f"Found succeeded daemon pod {place}, will try to delete it"
            self.events.normal(one, "SucceededDaemonPod", message)
            return True
        generation = int((one.get("status") or {}).get("observedGeneration") or 0)
        wait = self._failures.seconds_to_wait((uid_of(one), generation, node_of(pod)))
        if wait:
            self.enqueue_after(key, wait)
            return False
        message = f"Found failed daemon pod {place}, will try to kill it"
        self.events.warning(one, "FailedDaemonPod", message)
        return True

    def _do(self, key: Key, daemon: Daemon, work: Work) -> None:
        nodes, doomed = work.nodes[:_AT_MOST], work.pods[:_AT_MOST]
        if not nodes and not doomed:
            return
        self._expectations.expect(key, len(nodes), [uid_of(pod) for pod in doomed])
        failure: ApiError | None = None
        reference = self._history.reference(daemon.one)
        for node in nodes:
            try:
                pod = make_pod(daemon.one, reference, daemon.digest, node)
                self._control.create(daemon.one, pod)
            except ApiError as error:
                self._expectations.created(key)
                failure = error
        for pod in doomed:
            try:
                self._control.delete(daemon.one, pod)
            except ApiError as error:
                self._expectations.deleted(key, uid_of(pod))
                failure = failure if isinstance(error, NotFound) else error
        if failure is not None:
            raise failure

    def _count(self, key: Key, daemon: Daemon, *, observed: bool) -> None:
        placed = by_node(self._pods.controlled(uid_of(daemon.one)))
        wanted = status.calculate(daemon, placed, observed=observed)
        held = {k: v for k, v in (daemon.one.get("status") or {}).items() if v or k in wanted}
        if held != wanted:
            answer = self.client.update({**daemon.one, "status": wanted}, subresource="status")
            self._written.note(key, self._sets, answer)
        check_after = status.seconds_to_availability_check(daemon, placed)
        if check_after is not None:
            self.enqueue_after(key, check_after)

    # -- revisions

    def _current(self, one: Object, history: list[Object]) -> Object:
        """The revision of the template as it is; made, or taken up again, where needed."""
        data = template_data(one)
        old = [revision for revision in history if revision["data"] != data]
        current = [revision for revision in history if revision["data"] == data]
        wanted = max(map(number, old), default=0) + 1
        if current:
            if number(current[-1]) < wanted:
                return self._history.renumber(one, current[-1], wanted)
            return current[-1]
        collisions = int((one.get("status") or {}).get("collisionCount") or 0)
        digest = data_hash(data, collisions)
        revision = new_revision(one, self._history.reference(one), wanted, digest)
        revision["metadata"]["labels"][HASH] = digest
        made = self._history.create(one, revision)
        if made is not None:
            return made
        counted = {**(one.get("status") or {}), "collisionCount": collisions + 1}
        answer = self.client.update({**one, "status": counted}, subresource="status")
        self._written.note(key_of(one), self._sets, answer)
        raise Retry(f"the name {name_of(revision)} is taken: a collision of hashes")

    def _clean_up(self, one: Object, old: list[Object]) -> None:
        limit = one["spec"].get("revisionHistoryLimit")
        surplus = len(old) - (10 if limit is None else int(limit))
        live = {labels_of(pod).get(HASH) for pod in self._pods.controlled(uid_of(one))}
        dead = [revision for revision in old if labels_of(revision).get(HASH) not in live]
        for revision in dead[: max(0, surplus)]:
            self._history.delete(revision)

    # -- what wakes a DaemonSet

    def _on_set(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and uid_of(old) != uid_of(new)):
            self._expectations.forget(key_of(new))
            self._failures.forget(uid_of(old or new))
        self.enqueue(key_of(new))

    def _on_node(self, kind: str, new: Object, old: Object | None) -> None:
        if old is not None and kind == "MODIFIED" and _place(old) == _place(new):
            return
        for one in self._sets.every():
            self.enqueue(key_of(one))

    def _on_revision(self, kind: str, new: Object, old: Object | None) -> None:
        owner = self._owner(new, controller_of(new))
        if owner is not None:
            self.enqueue(key_of(owner))

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        before, after = controller_of(old or new), controller_of(new)
        if (one := self._owner(new, before)) is not None and before != after:
            self.enqueue(key_of(one))
        if (one := self._owner(new, after)) is not None:
            key = key_of(one)
            if kind == "DELETED" or is_terminating(new):
                self._expectations.deleted(key, uid_of(new))
            elif old is None:
                self._expectations.created(key)
            self.enqueue(key)
        elif after is None and kind != "DELETED":
            self._wake_matching(new)

    def _wake_matching(self, pod: Object) -> None:
        for one in self._sets.in_namespace(namespace_of(pod)):
            selector = one["spec"].get("selector")
            if not is_empty(selector) and matches(selector, labels_of(pod)):
                self.enqueue(key_of(one))

    def _owner(self, dependant: Object, reference: Object | None) -> Object | None:
        if reference is None or reference.get("kind") != "DaemonSet":
            return None
        owner = self._sets.get(namespace_of(dependant), str(reference.get("name", "")))
        return owner if owner and uid_of(owner) == reference.get("uid") else None


def _place(node: Object) -> tuple[object, object]:
    """What of a node decides whether a pod goes there."""
    return labels_of(node), (node.get("spec") or {}).get("taints")
