"""Claims stay while a pod uses them, and volumes while a claim is bound to them."""

from gitops_lab.controllers.framework.informers import Key, SharedInformer
from gitops_lab.controllers.framework.pods import is_terminal
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of


class _Protection(Controller):
    """Puts a finalizer on objects, and takes it off deleted ones that nobody uses any more."""

    finalizer: str

    def __init__(self, context: Context, objects: SharedInformer) -> None:
        super().__init__(context)
        self._objects = objects
        objects.subscribe(self.enqueue_object)

    def sync(self, key: Key) -> None:
        """Protect one object, or let it go."""
        obj = self._objects.get(*key)
        if obj is None:
            return
        held = list(obj["metadata"].get("finalizers") or [])
        is_protected = self.finalizer in held
        if is_terminating(obj):
            if is_protected and not self.is_used(obj):
                held.remove(self.finalizer)
                self._write(obj, held)
        elif not is_protected:
            self._write(obj, [*held, self.finalizer])

    def is_used(self, obj: Object) -> bool:
        """Whether the object must stay. Asked of objects that are being deleted."""
        raise NotImplementedError

    def _write(self, obj: Object, finalizers: list[str]) -> None:
        metadata = {**obj["metadata"], "finalizers": finalizers}
        try:
            self.client.update({**obj, "metadata": metadata})
        except NotFound:
            return


class ClaimProtection(_Protection):
    """A claim is in use while a pod that has not ended mounts it, scheduled or not."""

    name = "pvc-protection-controller"
    finalizer = "kubernetes.io/pvc-protection"

    def __init__(self, context: Context) -> None:
        super().__init__(context, context.informers.of("v1", "PersistentVolumeClaim"))
        self._pods = context.informers.of("v1", "Pod")
        self._pods.subscribe(self._on_pod)

    def is_used(self, obj: Object) -> bool:
        """By a pod of its namespace."""
        pods = self._pods.in_namespace(namespace_of(obj))
        return any(name_of(obj) in claim_names(p) and _holds(p) for p in pods)

    def _on_pod(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or not _holds(new):
            for name in claim_names(new):
                self.enqueue((namespace_of(new), name))


class VolumeProtection(_Protection):
    """A volume is in use while it is bound."""

    name = "pv-protection-controller"
    finalizer = "kubernetes.io/pv-protection"

    def __init__(self, context: Context) -> None:
        super().__init__(context, context.informers.of("v1", "PersistentVolume"))

    def is_used(self, obj: Object) -> bool:
        """By its claim."""
        return (obj.get("status") or {}).get("phase") == "Bound"


def claim_names(pod: Object) -> list[str]:
    """The claims that a pod mounts."""
    volumes = pod["spec"].get("volumes") or []
    claims = (volume.get("persistentVolumeClaim") for volume in volumes)
    return [str(claim["claimName"]) for claim in claims if claim]


def _holds(pod: Object) -> bool:
    # As in Kubernetes, a pod that was never scheduled holds nothing once it is being deleted.
    if is_terminating(pod) and not pod["spec"].get("nodeName"):
        return False
    return not is_terminal(pod)
