"""What a person asks of Apps, from any process: list, look, diff, sync, suspend. Data, no print."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitops_lab.engine.app import (
    API_VERSION,
    KIND,
    PRUNE_APPROVED,
    REFRESH_REQUESTED,
    SYNC_ONLY,
    SYNC_REQUESTED,
    App,
)
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.desired import prepare
from gitops_lab.engine.errors import AppError, PlanError
from gitops_lab.engine.explain import Explanation, explain, gather
from gitops_lab.engine.failures import reading_failed
from gitops_lab.engine.inputs import gather_inputs
from gitops_lab.engine.origin import Sources, deployed
from gitops_lab.engine.plan import Plan, Planner
from gitops_lab.engine.records import Records
from gitops_lab.engine.render import Rendered, render
from gitops_lab.engine.semantics import Semantics, native
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import from_object
from gitops_lab.kube import Client, Object, stop_streams
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import name_of, namespace_of


@dataclass(frozen=True)
class AppView:
    """A GitOpsApp as it is stored, and its status read."""

    obj: Object
    status: Status

    @property
    def namespace(self) -> str:
        """Where the GitOpsApp lives."""
        return namespace_of(self.obj)

    @property
    def name(self) -> str:
        """Its name."""
        return name_of(self.obj)

    @property
    def app(self) -> App:
        """The App that it asks for. Raises AppError when it is not valid."""
        return App.from_object(self.obj)


def list_apps(client: Client, namespace: str = "") -> list[AppView]:
    """All Apps, in all namespaces when none is named; none before the definition is there."""
    try:
        items = client.list(API_VERSION, KIND, namespace).items
    except NotFound:
        return []
    views = [AppView(obj, from_object(obj.get("status"))) for obj in items]
    return sorted(views, key=lambda view: (view.namespace, view.name))


def find_app(client: Client, name: str, namespace: str = "") -> AppView:
    """The App of that name, in any namespace when none is named. Raises AppError."""
    found = [view for view in list_apps(client, namespace) if view.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(view.namespace for view in found)
        raise AppError(
            f"there are {len(found)} Apps named {name}, in {places}.",
            reason="AppAmbiguous",
            hint="Name the namespace too.",
        )
    names = ", ".join(view.name for view in list_apps(client)) or "none"
    raise AppError(
        f"there is no App named {name}.", reason="AppNotFound", hint=f"There are: {names}."
    )


def request_sync(
    client: Client, view: AppView, *, only: Sequence[str] = (), confirm_prune: bool = False
) -> str:
    """Ask for a sync now; the answer is the request's mark, for `wait_handled`.

    `only` names objects (`Deployment/web`), and nothing else is written. `confirm_prune` agrees to
    what the commit deletes, for objects that ask to be asked.
    """
    more = {SYNC_ONLY: ",".join(only) or None}
    if confirm_prune:
        more[PRUNE_APPROVED] = view.status.revision
    return _annotate(client, view, SYNC_REQUESTED, more)


def request_refresh(client: Client, view: AppView) -> str:
    """Ask for a comparison now, without writing; the answer is the request's mark."""
    return _annotate(client, view, REFRESH_REQUESTED)


def set_suspended(client: Client, view: AppView, suspended: bool) -> None:
    """Leave the App alone, or take it up again; that ends a rollback, too."""
    spec: Object = {"suspend": True} if suspended else {"suspend": False, "rollback": None}
    client.patch(view.obj, {"spec": spec})


def wait_handled(client: Client, view: AppView, mark: str, timeout: float = 60.0) -> AppView | None:
    """The App once the request with that mark has been handled; None when time is up.

    Waits by watch.
    """
    stop = threading.Event()
    timer = threading.Timer(timeout, _end_watch, (stop,))
    timer.daemon = True
    timer.start()
    try:
        return _watch_until(client, view, mark, stop, time.monotonic() + timeout)
    finally:
        timer.cancel()


def render_app(view: AppView, clients: Mapping[str, Client], sources: Sources) -> Rendered:
    """The objects of the App's revision as it is now. Raises StageError.

    The first of the clients is that of the cluster in which the Apps live.
    """
    app = view.app
    artifact = sources.fetch(app.source, deployed(app, sources)[0])
    home = next(iter(clients.values()), None)
    inputs = gather_inputs(app, artifact, home, clients.get(app.destination.cluster))
    return render(artifact, app, inputs)


def diff(
    view: AppView,
    clients: Mapping[str, Client],
    sources: Sources,
    semantics: Semantics | None = None,
) -> Plan:
    """What a sync would change now, settled by the server's dry run. Raises StageError."""
    app = view.app
    rendered = render_app(view, clients, sources)
    if app.destination.cluster not in clients:
        raise PlanError(
            f"there is no cluster {app.destination.cluster!r} in this workspace.",
            reason="ClusterNotFound",
        )
    semantics = semantics or native()
    client = clients[app.destination.cluster]
    cluster = Cluster(app.destination.cluster, client, semantics, lambda _, __: None)
    try:
        desired = prepare(app, rendered.objects, cluster.is_namespaced, semantics.marks)
        planner = Planner(app, client, cluster.live, Records(), semantics)
        return planner.plan(desired, view.status.inventory, confirm=True)
    except ApiError as error:
        raise reading_failed(error) from error
    finally:
        cluster.stop()


def explain_app(
    view: AppView, clients: Mapping[str, Client], sources: Sources | None = None
) -> Explanation:
    """Why the App is as it is, with all facts that can be had now."""
    return explain(view.obj, gather(view.obj, clients, sources))


def is_settled(view: AppView, head: str = "") -> bool:
    """Whether the engine has nothing left to do for the App as it now is, well or not.

    `head` is the commit that its revision stands for now. For those who can't ask `Loop.idle`.
    """
    status, metadata = view.status, view.obj["metadata"]
    annotations = metadata.get("annotations") or {}
    return (
        status.observed_generation == int(metadata.get("generation", 0))
        and status.reason != "Syncing"
        and status.handled_sync == annotations.get(SYNC_REQUESTED, "")
        and (not head or status.has_seen(head) or bool(view.obj["spec"].get("suspend")))
    )


def _annotate(
    client: Client, view: AppView, annotation: str, more: Mapping[str, str | None] | None = None
) -> str:
    mark = f"{time.time_ns():x}"
    annotations = {annotation: mark, **(more or {})}
    client.patch(view.obj, {"metadata": {"annotations": annotations}})
    return mark


def _end_watch(stop: threading.Event) -> None:
    stop_streams(stop)


def _watch_until(
    client: Client, view: AppView, mark: str, stop: threading.Event, deadline: float
) -> AppView | None:
    version = ""
    while time.monotonic() < deadline:
        if not version:
            current = client.get(API_VERSION, KIND, view.name, view.namespace)
            if (found := _handled(current, mark)) is not None:
                return found
            version = current["metadata"]["resourceVersion"]
        try:
            for event in client.watch(
                API_VERSION,
                KIND,
                view.namespace,
                resource_version=version,
                field_selector=f"metadata.name={view.name}",
                stop=stop,
            ):
                if event.type != "BOOKMARK" and (found := _handled(event.object, mark)):
                    return found
        except ApiError:
            version = ""
    return None


def _handled(obj: Object, mark: str) -> AppView | None:
    view = AppView(obj, from_object(obj.get("status")))
    running = view.status.reason == "Syncing"
    handled = mark in (view.status.handled_sync, view.status.handled_refresh)
    return view if handled and not running else None
