"""Writing an App's status and finalizer to its resource: only what changed."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from gitops_lab.engine.app import App
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.ownership import FIELD_MANAGER
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import changed
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import Conflict, NotFound
from gitops_lab.kube.objects import name_of, namespace_of


@dataclass(frozen=True)
class Style:
    """How a kind's status and finalizer are written.

    `content` gives the `.status` of a Status, from the one before and the time; `keeps` says
    whether the finalizer has to stand, None to leave it as it is. `subresource` is "" where the
    kind has none for its status.
    """

    content: Callable[[Status, Object, str], Object]
    finalizer: str
    keeps: Callable[[App], bool | None]
    subresource: str = "status"
    manager: str = FIELD_MANAGER


class ResourcePublisher:
    """Knows the `.status` that the server has, and patches the difference."""

    def __init__(self, client: Client, obj: Object, style: Style) -> None:
        self._client = client
        self._style = style
        self._who: Object = {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "metadata": {"namespace": namespace_of(obj), "name": name_of(obj)},
        }
        self._before: Object = dict(obj.get("status") or {})

    def publish(self, status: Status) -> bool:
        """Write the status; whether there was anything to write. Raises ApiError."""
        content = self._style.content(status, self._before, stamp(now()))
        patch = changed(self._before, content)
        if not patch:
            return False
        self._client.patch(
            self._who,
            {"status": patch},
            subresource=self._style.subresource,
            field_manager=self._style.manager,
        )
        self._before = content
        return True

    def keep_finalizer(self, app: App, metadata: Object) -> None:
        """Our finalizer stands on the resource exactly when it has to.

        `metadata` is the resource's as seen last. Raises ApiError.
        """
        wanted = self._style.keeps(app)
        if wanted is not None and wanted != self.holds(app) and not app.deleting:
            self._set_finalizer(wanted, metadata)

    def holds(self, app: App) -> bool:
        """Whether our finalizer stands on the resource."""
        return self._style.finalizer in app.finalizers

    def release(self) -> None:
        """Take our finalizer off: the resource may go. Raises ApiError."""
        with contextlib.suppress(NotFound):
            self._set_finalizer(False, self._newest())

    def _set_finalizer(self, wanted: bool, metadata: Object) -> None:
        try:
            self._try_finalizer(wanted, metadata)
        except Conflict:
            self._try_finalizer(wanted, self._newest())

    def _newest(self) -> Object:
        who = self._who["metadata"]
        newest = self._client.get(
            self._who["apiVersion"], self._who["kind"], who["name"], who["namespace"]
        )
        metadata: Object = newest["metadata"]
        return metadata

    def _try_finalizer(self, wanted: bool, metadata: Object) -> None:
        """Others may keep finalizers there too: write only over what we have read."""
        ours = self._style.finalizer
        others = [f for f in metadata.get("finalizers") or [] if f != ours]
        patch = {
            "finalizers": [*others, ours] if wanted else others,
            "resourceVersion": metadata["resourceVersion"],
        }
        self._client.patch(self._who, {"metadata": patch}, field_manager=self._style.manager)
