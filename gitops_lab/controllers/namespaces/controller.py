"""Empties a namespace that is being deleted, then lets it go."""

from collections.abc import Iterable

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.monitors import Monitors
from gitops_lab.controllers.framework.times import now
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.namespaces.conditions import Leftovers, of_leftovers
from gitops_lab.kube import ResourceInfo
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of

FINALIZER = "kubernetes"
_DELETION = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
# The end of the last object wakes the namespace. Should that be missed, this does.
_LOOK_AGAIN = 10.0


class NamespaceController(Controller):
    """Deletes pods first, then all else, of every kind that discovery names."""

    name = "namespace-controller"

    def __init__(self, context: Context, monitors: Monitors) -> None:
        super().__init__(context)
        self._monitors = monitors
        self._namespaces = context.informers.of("v1", "Namespace")
        self._namespaces.subscribe(self._on_namespace)
        monitors.subscribe(self._on_object)

    def sync(self, key: Key) -> None:
        """Delete what is left in a namespace that goes, and finalize it when nothing is."""
        try:
            namespace = self.client.get("v1", "Namespace", key[1])
        except NotFound:
            return
        if not is_terminating(namespace) or not namespace["spec"].get("finalizers"):
            return
        if (namespace.get("status") or {}).get("phase") != "Terminating":
            status = {**(namespace.get("status") or {}), "phase": "Terminating"}
            namespace = self.client.update({**namespace, "status": status}, subresource="status")
        left = self._emptied(key[1])
        namespace = self._tell(namespace, left)
        if left.nothing:
            self._finalize(namespace)
        else:
            self.enqueue_after(key, _LOOK_AGAIN)

    def _emptied(self, namespace: str) -> Leftovers:
        left = Leftovers()
        try:
            resources = deletable(self.client.resources())
        except ApiError as error:
            left.discovery_error = str(error)
            return left
        # Pods may need what else is in the namespace until they have ended.
        for info in sorted(resources, key=lambda one: one.plural != "pods" or bool(one.group)):
            try:
                left.add(f"{info.plural}.{info.group}", self._delete_all(info, namespace))
            except ApiError as error:
                left.errors.append(str(error))
            if info.plural == "pods" and +left.resources:
                break
        return left

    def _delete_all(self, info: ResourceInfo, namespace: str) -> list[Object]:
        """Delete all objects of a kind; those that are still there then."""
        items = self._list(info, namespace)
        if not items:
            return []
        if "deletecollection" in info.verbs:
            self.client.request("DELETE", info.path(namespace), body=_DELETION)
        else:
            for item in items:
                self._delete(info, namespace, name_of(item))
        return self._list(info, namespace)

    def _list(self, info: ResourceInfo, namespace: str) -> list[Object]:
        try:
            return list(self.client.request("GET", info.path(namespace)).get("items") or [])
        except NotFound:
            return []

    def _delete(self, info: ResourceInfo, namespace: str, name: str) -> None:
        try:
            self.client.request("DELETE", info.path(namespace, name), body=_DELETION)
        except NotFound:
            return

    def _tell(self, namespace: Object, left: Leftovers) -> Object:
        status = namespace.get("status") or {}
        told = of_leftovers(status.get("conditions"), left, now())
        if told == status.get("conditions"):
            return namespace
        changed = {**namespace, "status": {**status, "conditions": told}}
        return self.client.update(changed, subresource="status")

    def _finalize(self, namespace: Object) -> None:
        spec = dict(namespace["spec"])
        spec["finalizers"] = [one for one in spec["finalizers"] if one != FINALIZER]
        try:
            self.client.update({**namespace, "spec": spec}, subresource="finalize")
        except NotFound:
            return

    def _on_namespace(self, kind: str, new: Object, old: Object | None) -> None:
        if kind != "DELETED" and is_terminating(new) and not (old and is_terminating(old)):
            self.enqueue(("", name_of(new)))

    def _on_object(self, kind: str, new: Object, old: Object | None) -> None:
        """The last pod, or the last object, is gone."""
        if kind != "DELETED" or not namespace_of(new):
            return
        namespace = self._namespaces.get("", namespace_of(new))
        if namespace is None or not is_terminating(namespace):
            return
        left = self._monitors.count(namespace_of(new))
        if not left or (new["kind"] == "Pod" and not left["Pod"]):
            self.enqueue(("", namespace_of(new)))


def deletable(resources: Iterable[ResourceInfo]) -> list[ResourceInfo]:
    """One version of each namespaced resource that can be listed and deleted."""
    chosen: dict[tuple[str, str], ResourceInfo] = {}
    for info in resources:
        if info.namespaced and {"delete", "list"} <= set(info.verbs):
            chosen.setdefault((info.group, info.plural), info)
    return list(chosen.values())
