"""Which Deployments to sync when, and which ReplicaSets are theirs."""

from gitops_lab.controllers.deployment.replicasets import Writer
from gitops_lab.controllers.deployment.rollout import Rollout
from gitops_lab.controllers.framework.informers import Key, SharedInformer, key_of
from gitops_lab.controllers.framework.ownership import Claims, controller_reference
from gitops_lab.controllers.framework.selectors import is_empty, matches
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.objects import (
    Object,
    controller_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)


class DeploymentController(Controller):
    """Keeps the ReplicaSets of every Deployment as its spec says."""

    name = "deployment-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._deployments = context.informers.of("apps/v1", "Deployment")
        self._sets = context.informers.of("apps/v1", "ReplicaSet")
        self._pods = context.informers.of("v1", "Pod")
        self._writer = Writer(self.client, self.events, self._deployments, self._sets)
        self._deployments.subscribe(self.enqueue_object)
        self._sets.subscribe(self._on_replica_set)
        self._pods.subscribe(self._on_pod)

    def sync(self, key: Key) -> None:
        """Take the next step of the Deployment's rollout."""
        deployment = self._deployments.get(*key)
        if deployment is None:
            return
        if wait := self._writer.written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        if is_empty(deployment["spec"].get("selector")):
            self._refuse(deployment)
            return
        sets = self._claimed(deployment)
        rollout = Rollout(self._writer, deployment, sets)
        old_pods = [
            pod
            for one in sets
            if rollout.new is None or uid_of(one) != uid_of(rollout.new)
            for pod in self._pods.controlled(uid_of(one))
        ]
        check_after = rollout.run(old_pods)
        if check_after is not None:
            self.enqueue_after(key, check_after)

    def _refuse(self, deployment: Object) -> None:
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self.events.warning(deployment, "SelectingAll", message)
        status = deployment.get("status") or {}
        generation = deployment["metadata"].get("generation", 0)
        if int(status.get("observedGeneration") or 0) < generation:
            self._writer.status(deployment, {**status, "observedGeneration": generation})

    def _claimed(self, deployment: Object) -> list[Object]:
        reference = controller_reference(deployment, "apps/v1", "Deployment")
        claims = Claims(self.client, deployment, reference, lambda: self._fresh(deployment))
        namespace = namespace_of(deployment)
        own = self._sets.controlled(uid_of(deployment))
        return claims.claim([*own, *self._sets.orphans(namespace)])

    def _fresh(self, deployment: Object) -> Object:
        return self.client.get(
            "apps/v1", "Deployment", name_of(deployment), namespace_of(deployment)
        )

    # -- what wakes a Deployment

    def _on_replica_set(self, kind: str, new: Object, old: Object | None) -> None:
        before, after = controller_of(old or new), controller_of(new)
        if before and (after is None or before.get("uid") != after.get("uid")):
            self._enqueue_owner(namespace_of(new), before)
        if after:
            self._enqueue_owner(namespace_of(new), after)
            return
        if kind == "DELETED" or (old and not before and labels_of(old) == labels_of(new)):
            return
        for deployment in self._deployments.in_namespace(namespace_of(new)):
            selector = deployment["spec"].get("selector")
            if not is_empty(selector) and matches(selector, labels_of(new)):
                self.enqueue(key_of(deployment))

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        """The end of an old pod is what a Recreate rollout waits for."""
        reference = controller_of(new)
        if kind != "DELETED" or reference is None or reference.get("kind") != "ReplicaSet":
            return
        owner = _resolved(self._sets, namespace_of(new), reference)
        reference = controller_of(owner) if owner else None
        if reference is None:
            return
        deployment = _resolved(self._deployments, namespace_of(new), reference)
        strategy = ((deployment or {}).get("spec") or {}).get("strategy") or {}
        if deployment and strategy.get("type") == "Recreate":
            self.enqueue(key_of(deployment))

    def _enqueue_owner(self, namespace: str, reference: Object) -> None:
        if reference.get("kind") != "Deployment":
            return
        deployment = _resolved(self._deployments, namespace, reference)
        if deployment:
            self.enqueue(key_of(deployment))


def _resolved(informer: SharedInformer, namespace: str, reference: Object) -> Object | None:
    """The object that an owner reference names, if it is still that one."""
    owner = informer.get(namespace, str(reference.get("name", "")))
    return owner if owner and uid_of(owner) == reference.get("uid") else None
