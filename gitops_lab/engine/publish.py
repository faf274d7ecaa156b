"""Writing an App's status and finalizer to its GitOpsApp: only what changed."""

import contextlib

from gitops_lab.engine.app import API_VERSION, FINALIZER, KIND, App
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import changed, to_object
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import Conflict, NotFound


class Publisher:
    """Knows the `.status` that the server has, and patches the difference."""

    def __init__(self, client: Client, namespace: str, name: str, before: Object | None) -> None:
        self._client = client
        self._who: Object = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"namespace": namespace, "name": name},
        }
        self._before: Object = dict(before or {})

    def publish(self, status: Status) -> bool:
        """Write the status; whether there was anything to write. Raises ApiError."""
        content = to_object(status, self._before, stamp(now()))
        patch = changed(self._before, content)
        if not patch:
            return False
        self._client.patch(
            self._who, {"status": patch}, subresource="status", field_manager=FIELD_MANAGER
        )
        self._before = content
        return True

    def keep_finalizer(self, app: App, metadata: Object) -> None:
        """Our finalizer stands on the App exactly when its objects are to go with it.

        `metadata` is the GitOpsApp's as seen last. Raises ApiError.
        """
        wanted = app.removes
        if wanted != (FINALIZER in app.finalizers) and not app.deleting:
            self._set_finalizer(wanted, metadata)

    def release(self) -> None:
        """Take our finalizer off: the App may go. Raises ApiError."""
        with contextlib.suppress(NotFound):
            self._set_finalizer(False, self._newest())

    def _set_finalizer(self, wanted: bool, metadata: Object) -> None:
        try:
            self._try_finalizer(wanted, metadata)
        except Conflict:
            self._try_finalizer(wanted, self._newest())

    def _newest(self) -> Object:
        who = self._who["metadata"]
        newest = self._client.get(API_VERSION, KIND, who["name"], who["namespace"])
        metadata: Object = newest["metadata"]
        return metadata

    def _try_finalizer(self, wanted: bool, metadata: Object) -> None:
        """Others may keep finalizers there too: write only over what we have read."""
        others = [f for f in metadata.get("finalizers") or [] if f != FINALIZER]
        patch = {
            "finalizers": [*others, FINALIZER] if wanted else others,
            "resourceVersion": metadata["resourceVersion"],
        }
        self._client.patch(self._who, {"metadata": patch}, field_manager=FIELD_MANAGER)
