"""When a pod on a tainted node has to go, and that it goes."""

import time
from collections.abc import Sequence

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.times import stamp
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, name_of, namespace_of, uid_of
from gitops_lab.kube.placement import tolerates

STRATEGIC = "application/strategic-merge-patch+json"
_EFFECT = "NoExecute"


class TaintController(Controller):
    """Deletes pods that do not tolerate a NoExecute taint, or have tolerated it long enough."""

    name = "taint-eviction-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pods = context.informers.of("v1", "Pod")
        self._nodes = context.informers.of("v1", "Node")
        self._since: dict[str, float] = {}  # uid: when its time began, by the monotonic clock
        self._pods.subscribe(self._on_pod)
        self._nodes.subscribe(self._on_node)

    def sync(self, key: Key) -> None:
        """Delete the pod, come back when its time is up, or let it be."""
        pod = self._pods.get(*key)
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            return
        patience = patience_of(pod, self._taints_of(pod))
        if patience is None:
            self._let_be(pod)
            return
        now = time.monotonic()
        left = self._since.setdefault(uid_of(pod), now) + patience - now
        if left > 0:
            self.enqueue_after(key, left)
        else:
            self._evict(pod)

    def _taints_of(self, pod: Object) -> list[Object]:
        node = self._nodes.get("", pod["spec"].get("nodeName") or "")
        return _evicting(node) if node is not None else []

    def _let_be(self, pod: Object) -> None:
        if self._since.pop(uid_of(pod), None) is not None:
            named = f"{namespace_of(pod)}/{name_of(pod)}"
            self.events.normal(pod, "TaintManagerEviction", f"Cancelling deletion of Pod {named}")

    def _evict(self, pod: Object) -> None:
        named = f"{namespace_of(pod)}/{name_of(pod)}"
        self.events.normal(pod, "TaintManagerEviction", f"Marking for deletion Pod {named}")
        condition = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "lastTransitionTime": stamp(),
        }
        change = {"metadata": {"uid": uid_of(pod)}, "status": {"conditions": [condition]}}
        try:
            self.client.patch(pod, change, content_type=STRATEGIC, subresource="status")
            self.client.delete("v1", "Pod", name_of(pod), namespace_of(pod), uid=uid_of(pod))
        except NotFound:
            return

    # -- what wakes a pod

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED":
            self._since.pop(uid_of(new), None)
            return
        placed = old is None or old["spec"].get("nodeName") != new["spec"].get("nodeName")
        tolerant = old is None or old["spec"].get("tolerations") != new["spec"].get("tolerations")
        if new["spec"].get("nodeName") and (placed or tolerant):
            self.enqueue(key_of(new))

    def _on_node(self, kind: str, new: Object, old: Object | None) -> None:
        before = _evicting(old) if old is not None else []
        if kind == "DELETED" or _evicting(new) == before:
            return
        for pod in self._pods.every():
            if pod["spec"].get("nodeName") == name_of(new):
                self.enqueue(key_of(pod))


def _evicting(node: Object) -> list[Object]:
    taints = (node.get("spec") or {}).get("taints") or []
    return [taint for taint in taints if taint.get("effect") == _EFFECT]


def patience_of(pod: Object, taints: Sequence[Object]) -> float | None:
    """For how many seconds a pod may stay beside these taints; None: for ever."""
    if not taints:
        return None
    tolerations = pod["spec"].get("tolerations") or []
    if not all(tolerates(tolerations, taint) for taint in taints):
        return 0.0
    used = [each for each in tolerations if any(tolerates([each], taint) for taint in taints)]
    limits = [each["tolerationSeconds"] for each in used if "tolerationSeconds" in each]
    return max(float(min(limits)), 0.0) if limits else None
