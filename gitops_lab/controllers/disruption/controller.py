"""Which budgets to sync when, and how large their pods' owners want to be."""

from collections.abc import Iterable

from gitops_lab.controllers.disruption import status
from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.selectors import matches
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)

_SCALED = {
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
}
_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a "
    "result, the status of the PDB cannot be calculated correctly, which may result in undefined "
    'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an '
    "integer value."
)


class NoScaleError(Exception):
    """The owner of a pod has no size that could be asked for."""


class DisruptionController(Controller):
    """Counts the healthy pods of every PodDisruptionBudget."""

    name = "controllermanager"  # as the events of the genuine one are signed

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._budgets = context.informers.of("policy/v1", "PodDisruptionBudget")
        self._pods = context.informers.of("v1", "Pod")
        self._owners = {
            kind: context.informers.of(version, kind) for kind, version in _SCALED.items()
        }
        self._written = Written()
        self._budgets.subscribe(self.enqueue_object)
        self._pods.subscribe(self._on_pod)
        for informer in self._owners.values():
            informer.subscribe(self._on_owner)

    def sync(self, key: Key) -> None:
        """Count, and write what may be disrupted."""
        budget = self._budgets.get(*key)
        if budget is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        pods = self._selected(budget)
        if not pods:
            self.events.normal(budget, "NoPods", "No matching pods found")
        moment = now()
        try:
            expected = self._expected(budget, pods)
        except NoScaleError as error:
            message = f"Failed to calculate the number of expected pods: {error}"
            self.events.warning(budget, "CalculateExpectedPodCountFailed", message)
            self._write(key, budget, status.failed(budget, str(error), moment))
            return
        disrupted = status.pending(budget, pods, moment)
        counts = status.Counts(
            expected, status.desired(budget, expected), status.healthy(pods, disrupted)
        )
        self._write(key, budget, status.calculate(budget, counts, disrupted, moment))
        if disrupted:
            self.enqueue_after(key, status.DELETION_TIMEOUT)

    def _selected(self, budget: Object) -> list[Object]:
        selector = budget["spec"].get("selector")
        pods = self._pods.in_namespace(namespace_of(budget))
        return [pod for pod in pods if matches(selector, labels_of(pod))]

    def _expected(self, budget: Object, pods: list[Object]) -> int:
        if not status.needs_scale(budget):
            return len(pods)
        sizes: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            reference = controller_of(pod)
            if reference is None:
                unmanaged = True
            elif str(reference["uid"]) not in sizes:
                uid, size = self._size(namespace_of(pod), reference, name_of(pod))
                sizes[uid] = size
        if unmanaged:
            selector = budget["spec"].get("selector")
            self.events.warning(budget, "UnmanagedPods", _UNMANAGED.format(selector))
        return sum(sizes.values())

    def _size(self, namespace: str, reference: Object, pod: str) -> tuple[str, int]:
        """The uid and wanted size of a pod's owner, or of the Deployment above it."""
        kind, name = str(reference["kind"]), str(reference["name"])
        informer = self._owners.get(kind)
        if informer is None:
            return str(reference["uid"]), self._asked_size(namespace, reference, pod)
        owner = informer.get(namespace, name)
        if owner is None or uid_of(owner) != reference["uid"]:
            raise NoScaleError(f'found no controllers for pod "{pod}"')
        above = controller_of(owner)
        if kind == "ReplicaSet" and above is not None and above.get("kind") == "Deployment":
            return self._size(namespace, above, pod)
        count = owner["spec"].get("replicas")
        return uid_of(owner), 1 if count is None else int(count)

    def _asked_size(self, namespace: str, reference: Object, pod: str) -> int:
        """What /scale of any other kind says."""
        version, kind = str(reference["apiVersion"]), str(reference["kind"])
        try:
            path = self.client.resource(version, kind).path(
                namespace, str(reference["name"]), "scale"
            )
            scale = self.client.request("GET", path)
        except ApiError as error:
            raise NoScaleError(f'found no controllers for pod "{pod}"') from error
        return int((scale.get("spec") or {}).get("replicas") or 0)

    def _write(self, key: Key, budget: Object, wanted: Object) -> None:
        if budget.get("status") != wanted:
            answer = self.client.update({**budget, "status": wanted}, subresource="status")
            self._written.note(key, self._budgets, answer)

    # -- what wakes a budget

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        versions = [new] if old is None else [new, old]
        self._wake(namespace_of(new), versions)

    def _on_owner(self, kind: str, new: Object, old: Object | None) -> None:
        before = (old or {}).get("spec") or {}
        if before.get("replicas") != new["spec"].get("replicas"):
            labels = labels_of(new["spec"].get("template") or {})
            self._wake(namespace_of(new), [{"metadata": {"labels": labels}}])

    def _wake(self, namespace: str, pods: Iterable[Object]) -> None:
        for budget in self._budgets.in_namespace(namespace):
            selector = budget["spec"].get("selector")
            if any(matches(selector, labels_of(pod)) for pod in pods):
                self.enqueue(key_of(budget))
