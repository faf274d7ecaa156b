"""Collecting the facts for an explanation: what only the repository and the cluster know."""

from collections.abc import Iterable, Mapping

from gitops_lab.engine.app import App
from gitops_lab.engine.desired import prepare
from gitops_lab.engine.errors import StageError
from gitops_lab.engine.explain.model import Facts
from gitops_lab.engine.explain.unwell import unwell_objects
from gitops_lab.engine.inputs import gather_inputs
from gitops_lab.engine.locate import text_of
from gitops_lab.engine.origin import Sources, deployed
from gitops_lab.engine.render import render
from gitops_lab.engine.source import Artifact, Commit
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import from_object
from gitops_lab.errors import Place
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import join_api_version

_LOOKED_AT = 3


def gather(obj: Object, clients: Mapping[str, Client], sources: Sources | None = None) -> Facts:
    """What can be found out now; what can't be is left out, never an error.

    The first of the clients is that of the cluster in which the Apps live.
    """
    try:
        app = App.from_object(obj)
    except StageError:
        return Facts()
    client = clients.get(app.destination.cluster)
    commit = _head(app, sources)
    live, pods = _of_cluster(from_object(obj.get("status")), client)
    artifact = _artifact(app, sources, _deployed(app, sources))
    home = next(iter(clients.values()), None)
    places = _places(app, artifact, client, home)
    files = {places[key].file for key in live if key in places}
    return Facts(
        head=commit.sha if commit else "",
        head_subject=commit.subject if commit else "",
        places=places,
        texts={file: text_of(artifact, file) for file in files},
        live=live,
        pods=pods,
    )


def _head(app: App, sources: Sources | None) -> Commit | None:
    try:
        return sources.resolve(app.source) if sources else None
    except StageError:
        return None


def _deployed(app: App, sources: Sources | None) -> Commit | None:
    try:
        return deployed(app, sources)[0] if sources else None
    except StageError:
        return None


def _artifact(app: App, sources: Sources | None, commit: Commit | None) -> Artifact | None:
    try:
        return sources.fetch(app.source, commit) if sources and commit else None
    except StageError:
        return None


def _places(
    app: App, artifact: Artifact | None, client: Client | None, home: Client | None
) -> dict[ObjectKey, Place]:
    if artifact is None or client is None:
        return {}
    try:
        rendered = render(artifact, app, gather_inputs(app, artifact, home, client))
        desired = prepare(app, rendered.objects, lambda v, k: client.resource(v, k).namespaced)
    except (StageError, ApiError):
        return {}
    return {one.key: one.place for one in desired}


def _of_cluster(
    status: Status, client: Client | None
) -> tuple[dict[ObjectKey, Object], dict[ObjectKey, tuple[Object, ...]]]:
    live: dict[ObjectKey, Object] = {}
    pods: dict[ObjectKey, tuple[Object, ...]] = {}
    if client is None:
        return live, pods
    versions = {entry.key: entry.version for entry in status.inventory}
    for row in unwell_objects(status)[:_LOOKED_AT]:
        key = row.key
        try:
            version = join_api_version(key.group, versions.get(key, "v1"))
            live[key] = client.get(version, key.kind, key.name, key.namespace)
            pods[key] = tuple(_pods_of(client, live[key]))
        except ApiError:
            continue
    return live, pods


def _pods_of(client: Client, workload: Object) -> Iterable[Object]:
    if workload.get("kind") == "Pod":
        return [workload]
    labels = ((workload.get("spec") or {}).get("selector") or {}).get("matchLabels")
    if not isinstance(labels, dict) or not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    namespace = workload["metadata"].get("namespace", "")
    return client.list("v1", "Pod", namespace, label_selector=selector).items
