"""The last steps of `up`: hand the objects to the cluster, and wait until the apps rest."""

import threading
import time
from collections.abc import Sequence

from gitops_lab.engine import app as apps
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.ops import AppView, is_settled
from gitops_lab.engine.status_object import from_object
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import Invalid, NotFound
from gitops_lab.kube.order import apply_order

FIELD_MANAGER = "gitops-lab-start"
SETTLE_SECONDS = 30.0


def apply_objects(client: Client, objects: Sequence[Object]) -> None:
    """Apply a lab's own objects in order. Raises ApiError."""
    for obj in sorted(objects, key=apply_order):
        apply_or_replace(client, obj, FIELD_MANAGER, force=True)


def apply_or_replace(client: Client, obj: Object, manager: str, *, force: bool = False) -> None:
    """Apply an object; replace it where that can't go together with what others made of it.

    A probe has one way to look: where somebody has given it another one by hand, applying ours
    would leave it two. Raises ApiError, Conflict as `Client.apply` does.
    """
    try:
        client.apply(obj, field_manager=manager, force=force)
    except Invalid as error:
        metadata = obj["metadata"]
        found = (metadata["name"], metadata.get("namespace", ""))
        try:
            live = client.get(obj["apiVersion"], obj["kind"], *found)
        except NotFound:
            raise error from None
        version = {"resourceVersion": live["metadata"]["resourceVersion"]}
        client.update({**obj, "metadata": {**metadata, **version}}, field_manager=manager)


def wait_settled(client: Client, timeout: float = SETTLE_SECONDS) -> bool:
    """Wait until no App is about to change by itself; False when time is up, which is no error.

    A lab may start with an app that is broken on purpose, so at rest is not the same as healthy.
    """
    changed = threading.Event()

    def on_event(kind: str, new: Object, old: Object | None) -> None:
        changed.set()

    informer = Informer(client, apps.API_VERSION, apps.KIND, on_event=on_event)
    informer.start()
    try:
        return informer.wait_synced(timeout) and _all_settled(informer, changed, timeout)
    finally:
        informer.stop()


def _all_settled(informer: Informer, changed: threading.Event, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not all(at_rest(obj) for obj in informer.items()):
        if not changed.wait(max(0.0, deadline - time.monotonic())):
            return False
        changed.clear()
    return True


def at_rest(obj: Object) -> bool:
    """Whether the engine has nothing to do for an App, and its objects have stopped moving."""
    view = AppView(obj, from_object(obj.get("status")))
    return is_settled(view) and view.status.health.status is not HealthStatus.PROGRESSING
