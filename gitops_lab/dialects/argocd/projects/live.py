"""The AppProjects of a workspace: followed, and asked by Applications."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from gitops_lab.dialects.argocd.cluster_secrets import read_entries
from gitops_lab.dialects.argocd.clusters import Clusters, NoCluster
from gitops_lab.dialects.argocd.projects.project import (
    DEFAULT,
    KIND,
    Place,
    Project,
    default_project,
    read,
    refusals,
    remarks,
)
from gitops_lab.dialects.argocd.projects.windows import OPEN, Gate, Target, gate
from gitops_lab.engine.recorder import About, Recorder
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import AlreadyExists, ApiError
from gitops_lab.kube.objects import name_of, namespace_of, uid_of
from gitops_lab.kube.yamls import load

log = logging.getLogger(__name__)
API_VERSION = "argoproj.io/v1alpha1"
_TRIES = 30
_COMPONENT = "argocd-application-controller"


def definitions() -> list[Object]:
    """The CustomResourceDefinition of AppProject."""
    return [load(_text(), file="appproject.yaml")]


@lru_cache(maxsize=1)
def _text() -> str:
    return resources.files(__package__).joinpath("appproject.yaml").read_text()


class LiveProjects:
    """Follows the AppProjects of Argo CD's namespace; `changed` is told the name of each change."""

    def __init__(
        self,
        client: Client,
        clusters: Clusters,
        namespace: str,
        changed: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._client = client
        self._clusters = clusters
        self._namespace = namespace
        self._changed = changed
        self._recorder = Recorder(client)
        self._told: dict[str, tuple[str, ...]] = {}
        self._informer = Informer(
            client, API_VERSION, KIND, namespace, on_event=lambda event, new, old: self._seen(new)
        )

    def start(self) -> None:
        """Make the project `default` where there is none, and follow; returns when known."""
        self._make_default()
        self._recorder.start()
        self._informer.start()
        self._informer.wait_synced(30)

    def stop(self) -> None:
        """End."""
        self._informer.stop()
        self._recorder.stop()

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push is no matter of projects."""

    def of(self, namespace: str, name: str) -> Project | None:
        """The project of that name, wherever the Application is; None when there is none."""
        obj = self._informer.get(self._namespace, name)
        return read(obj) if obj is not None else None

    def problem(self, app: Object) -> str:
        """Why the Application's project can't be enforced as it is written; "" when it can."""
        project = self.of(namespace_of(app), project_name(app))
        if project is None:
            return ""
        found = refusals(project, app, [], self.place(app), self._scoped(project))
        mine = f"AppProject {project.name}: "
        return next((one.message for one in found if one.message.startswith(mine)), "")

    def refusals(self, app: Object) -> list[str]:
        """Why the Application is not permitted in its project, in Argo CD's words."""
        project = self.of(namespace_of(app), project_name(app))
        if project is None:
            return []
        found = refusals(project, app, urls_of(app), self.place(app), self._scoped(project))
        return [one.message for one in found]

    def gate(self, app: Object, *, manual: bool, running: bool = False) -> Gate:
        """Whether the project's sync windows allow it now, what to say, when to look again."""
        project = self.of(namespace_of(app), project_name(app))
        if project is None:
            return OPEN
        place = self.place(app)
        target = Target(name_of(app), place.namespace, place.server, place.cluster)
        moment = datetime.now(UTC)
        return gate(project.windows, target, moment, manual=manual, running=running)

    def place(self, app: Object) -> Place:
        """Where an Application deploys to, with the server and the name of its cluster."""
        asked: dict[str, Any] = (app.get("spec") or {}).get("destination") or {}
        server, name = str(asked.get("server") or ""), str(asked.get("name") or "")
        namespace = str(asked.get("namespace") or "")
        try:
            found = self._clusters.find(server, name)
        except NoCluster:
            return Place(server, name, namespace)
        return Place(found.server, found.name, namespace)

    def _scoped(self, project: Project) -> list[str]:
        """The servers of clusters that belong to a project."""
        if not project.only_own_clusters:
            return []
        try:
            entries = read_entries(self._client, self._namespace)
        except ApiError:
            return []
        return [one.server for one in entries if one.project == project.name]

    def _seen(self, obj: Object) -> None:
        found, before = remarks(obj), self._told.get(name_of(obj), ())
        self._told[name_of(obj)] = found
        about = About(API_VERSION, KIND, namespace_of(obj), name_of(obj), uid_of(obj), _COMPONENT)
        for remark in found:
            if remark not in before:
                log.warning("AppProject %s: %s", name_of(obj), remark)
                self._recorder.record(about, "Warning", "FieldNotSupported", remark)
        self._changed(name_of(obj))

    def _make_default(self) -> None:
        """Argo CD makes the project at its start; it may be changed then, not be missing."""
        for left in reversed(range(_TRIES)):
            try:
                self._client.create(default_project(self._namespace), field_manager="argocd-server")
            except AlreadyExists:
                return
            except ApiError:
                if not left:
                    log.exception("the AppProject %s could not be made", DEFAULT)
                    return
                time.sleep(0.2)
            else:
                return


def project_name(app: Object) -> str:
    """The name of an Application's project."""
    return str((app.get("spec") or {}).get("project") or DEFAULT)


def urls_of(app: Object) -> list[str]:
    """The repositories of an Application's sources."""
    spec: dict[str, Any] = app.get("spec") or {}
    sources = spec.get("sources") or [spec.get("source") or {}]
    return [str(one.get("repoURL") or "") for one in sources if isinstance(one, dict)]
