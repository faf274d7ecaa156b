"""One Front in a running loop: what follows its kind, and the clusters as its engine sees them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.front import Front
from gitops_lab.engine.ids import app_id
from gitops_lab.engine.live import OnChange
from gitops_lab.engine.worker import Worker
from gitops_lab.kube import Client, Informer, Object, ObjectKey
from gitops_lab.kube.objects import name_of, namespace_of

OnApp = Callable[["Served", str, Object, Object | None], None]
"""(front, event, resource, the same before) whenever a resource has changed."""


@dataclass
class Served:
    """A Front that is followed from `start` on."""

    front: Front
    home: Client
    clusters: Mapping[str, Cluster]
    on_app: OnApp
    informer: Informer = field(init=False)

    def __post_init__(self) -> None:
        self.informer = Informer(
            self.home,
            self.front.api_version,
            self.front.kind,
            on_event=lambda event, obj, old: self.on_app(self, event, obj, old),
            keep=_without_status,
        )

    def id_of(self, obj: Object) -> str:
        """The id of the App of a resource."""
        return app_id(self.front.name, namespace_of(obj), name_of(obj))

    def newest(self) -> dict[str, int]:
        """The resource version of each resource by the App's id. Raises ApiError."""
        items = self.home.list(self.front.api_version, self.front.kind).items
        return {self.id_of(obj): version_of(obj) for obj in items}

    def stop(self) -> None:
        """Follow no more."""
        self.informer.stop()

    def close(self) -> None:
        """End what looks at the clusters, once no worker needs it."""
        for cluster in self.clusters.values():
            cluster.stop()


def clusters_of(
    front: Front,
    clients: Mapping[str, Client],
    worker_of: Callable[[str], Worker | None],
) -> dict[str, Cluster]:
    """The clusters with the marks and the field manager of a Front."""

    def touched(cluster: str) -> OnChange:
        def on_change(owner: str, key: ObjectKey) -> None:
            worker = worker_of(owner)
            if worker and worker.target == cluster:
                worker.touch(key)

        return on_change

    return {
        name: Cluster(name, client, front.semantics, touched(name))
        for name, client in clients.items()
    }


def version_of(obj: Object) -> int:
    """The resource version as a number, 0 when it is none."""
    text = str(obj["metadata"].get("resourceVersion", ""))
    return int(text) if text.isdigit() else 0


def _without_status(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key != "status"}
