"""What every namespace has: the ServiceAccount `default` and the cluster's CA."""

from pathlib import Path

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.monitors import Monitors
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.errors import AlreadyExists, NotFound
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of

ACCOUNT, CA_MAP = "default", "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)
_FURNITURE = {("ServiceAccount", ACCOUNT), ("ConfigMap", CA_MAP)}


class FurnishController(Controller):
    """Makes them, and puts them back when they are deleted or changed."""

    name = "serviceaccount-controller"

    def __init__(self, context: Context, monitors: Monitors, ca_file: Path | None) -> None:
        super().__init__(context)
        self._bundle = ca_file.read_text() if ca_file else ""
        self._namespaces = context.informers.of("v1", "Namespace")
        self._namespaces.subscribe(self._on_namespace)
        monitors.subscribe(self._on_object)

    def sync(self, key: Key) -> None:
        """Furnish one namespace."""
        namespace = self._namespaces.get(*key)
        if namespace is None or is_terminating(namespace):
            return
        metadata = {"name": ACCOUNT, "namespace": key[1]}
        self._ensure({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        if self._bundle:
            self._ensure(_ca_map(key[1], self._bundle))

    def _ensure(self, wanted: Object) -> None:
        try:
            held = self.client.get("v1", wanted["kind"], name_of(wanted), namespace_of(wanted))
        except NotFound:
            self._create(wanted)
            return
        if "data" in wanted and held.get("data") != wanted["data"]:
            self.client.update({**held, "data": wanted["data"]})

    def _create(self, wanted: Object) -> None:
        try:
            self.client.create(wanted)
        except AlreadyExists:
            return

    def _on_namespace(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "ADDED":
            self.enqueue(("", name_of(new)))

    def _on_object(self, kind: str, new: Object, old: Object | None) -> None:
        if (new["kind"], name_of(new)) not in _FURNITURE:
            return
        if kind != "ADDED" or self._is_spoilt(new):
            self.enqueue(("", namespace_of(new)))

    def _is_spoilt(self, new: Object) -> bool:
        """Whether a bundle that is seen for the first time was changed before we looked."""
        return new["kind"] == "ConfigMap" and new.get("data") != {"ca.crt": self._bundle}


def _ca_map(namespace: str, bundle: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CA_MAP,
            "namespace": namespace,
            "annotations": {"kubernetes.io/description": _DESCRIPTION},
        },
        "data": {"ca.crt": bundle},
    }
