"""What a check may look at: the clusters, repositories, clones and apps of one workspace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from gitops_lab.checks import unseen
from gitops_lab.checks.baseline import Baseline, Stood
from gitops_lab.engine import inventory
from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.engine.form import as_native
from gitops_lab.engine.inventory import Entry
from gitops_lab.errors import GitOpsLabError
from gitops_lab.git import Commit, Repositories
from gitops_lab.kube import Client, Object, ObjectKey, audit
from gitops_lab.kube.audit import Written
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import split_api_version

_LOG = 1000


class Place(Protocol):
    """What checks need of a workspace; `gitops_lab.workspace.Workspace` has it."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """The names of its clusters, the first being home of the apps."""

    @property
    def kubeconfig(self) -> Path:
        """One kubeconfig with a context for each cluster."""

    @property
    def repositories(self) -> Repositories:
        """The repositories that it serves."""

    def client(self, cluster: str = "main") -> Client:
        """A client of a cluster."""

    def clone_dir(self, repo: str) -> Path:
        """The learner's clone."""

    def audit_log(self, cluster: str) -> Path | None:
        """The file in which a cluster notes who wrote what; None when it keeps none."""


@dataclass(frozen=True)
class World:
    """One workspace as checks see it, with the learner's parameters and the step's beginning."""

    place: Place
    parameters: Mapping[str, Any] = field(default_factory=dict)
    since: Baseline = field(default_factory=Baseline)

    @property
    def home(self) -> str:
        """The cluster in which the apps are."""
        return self.place.clusters[0]

    def client(self, cluster: str = "") -> Client:
        """A client of a cluster, the home cluster when none is named."""
        return self.place.client(cluster or self.home)

    @property
    def repositories(self) -> Repositories:
        """The repositories as the Git server has them."""
        return self.place.repositories

    def apps(self) -> list[Object]:
        """Every GitOpsApp, and what another engine serves in their place, in the same form."""
        try:
            natives = self.client().list(API_VERSION, KIND).items
        except NotFound:
            natives = []
        return [*natives, *served_elsewhere(self)]

    def app(self, name: str) -> Object | None:
        """The app of that name, in whatever namespace, or None."""
        return next((app for app in self.apps() if app["metadata"]["name"] == name), None)

    def find(self, kind: str, name: str, namespace: str = "", cluster: str = "") -> Object | None:
        """An object, or None. `kind` is `apps/v1/Deployment` or `v1/ConfigMap`."""
        api_version, _, plain = kind.rpartition("/")
        try:
            return self.client(cluster).get(api_version, plain, name, namespace)
        except NotFound:
            return None

    def head(self, repo: str, branch: str = "main") -> str:
        """The commit that a branch points to, or "" when there is none."""
        try:
            return self.repositories.resolve(repo, branch)
        except GitOpsLabError:
            return ""

    def new_commits(self, repo: str, branch: str = "main", path: str = "") -> list[Commit]:
        """The commits of a branch since the step began, newest first; that touched a path."""
        before = self.since.heads.get(repo, {}).get(f"refs/heads/{branch}", "")
        shas = [commit.sha for commit in self.repositories.log(repo, branch, _LOG)]
        new = set(shas[: shas.index(before)] if before in shas else ())
        touching = self.repositories.log(repo, branch, _LOG, path or None)
        return [commit for commit in touching if commit.sha in new]

    def written(self, cluster: str = "") -> list[Written] | None:
        """What was written since the step began; None where no audit log is kept."""
        file = self.place.audit_log(cluster or self.home)
        return None if file is None else list(audit.read(file, since=self.since.at))

    def told(self, namespace: str) -> list[Object]:
        """The events of a namespace since the step began: told then, or told again.

        They carry whole seconds, so that the second in which the step began counts.
        """
        begun = self.since.at[: len("2026-01-01T00:00:00")]
        events = self.client().list("v1", "Event", namespace).items
        return [event for event in events if str(event.get("lastTimestamp") or "") >= begun]

    def healings(self, app: str) -> list[Object]:
        """The events in which the engine told that it took a change by hand back."""
        events = self.client().list("v1", "Event").items
        return [
            event
            for event in events
            if event.get("reason") == "Healed"
            and (event.get("involvedObject") or {}).get("name") == app
        ]

    def _standing(self, cluster: str) -> Iterator[tuple[ObjectKey, Stood]]:
        for kind in STANDING:
            api_version, _, plain = kind.rpartition("/")
            for obj in self.client(cluster).list(api_version, plain).items:
                yield ObjectKey.of(obj), Stood.of(obj)

    def baseline(self) -> Baseline:
        """How everything stands now."""
        objects: dict[str, Stood] = {}
        history: dict[str, int] = {}
        healed: dict[str, int] = {}
        for app in self.apps():
            name, cluster = app["metadata"]["name"], cluster_of(app) or self.home
            history[name] = last_deployed(app)
            healed |= {e["metadata"]["name"]: count_of(e) for e in self.healings(name)}
            for entry in managed(app):
                key = entry.key
                kind = f"{entry.api_version}/{key.kind}"
                obj = self.find(kind, key.name, key.namespace, cluster)
                if obj is not None:
                    objects[f"{cluster}:{key}"] = Stood.of(obj)
        for cluster in self.place.clusters:
            objects |= {f"{cluster}:{key}": stood for key, stood in self._standing(cluster)}
        heads = {name: self.repositories.refs(name) for name in self.repositories.names()}
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return Baseline(objects, heads, history, healed, now)


def served_elsewhere(world: World) -> list[Object]:
    """The Apps of the engine that was asked for instead of our own; none as a rule."""
    engine = getattr(world.place, "engine", "builtin")
    if engine == "builtin":
        return []
    from gitops_lab.dialects import fronts_of  # late: most checks need none of it

    found = []
    client = world.client()
    for front in fronts_of(engine, client, world.repositories.names, home=world.home):
        items = client.list(front.api_version, front.kind).items
        for obj in items:
            app = as_native(front, obj)
            if cluster_of(app) in world.place.clusters:
                found.append(unseen.marked(world, app, obj) if engine == "flux" else app)
    return found


STANDING = ("v1/Pod", "v1/Service", "v1/Namespace", "apps/v1/Deployment")
"""Kinds that a baseline remembers whether an app manages them or not."""

KINDS = {
    "Deployment": "apps/v1/Deployment",
    "ReplicaSet": "apps/v1/ReplicaSet",
    "Job": "batch/v1/Job",
    "App": f"{API_VERSION}/{KIND}",
}
"""Short names for kinds outside the core group; `apps/v1/Deployment` always works too."""


def full_kind(kind: str) -> str:
    """`Deployment` -> `apps/v1/Deployment`, `Service` -> `v1/Service`; others as they stand."""
    return kind if "/" in kind else KINDS.get(kind, f"v1/{kind}")


def key_of(kind: str, name: str, namespace: str) -> ObjectKey:
    """The identity of an object that a check names."""
    api_version, _, plain = full_kind(kind).rpartition("/")
    return ObjectKey(split_api_version(api_version)[0], plain, namespace, name)


def cluster_of(app: Mapping[str, Any]) -> str:
    """The cluster that an app writes to."""
    return str(((app.get("spec") or {}).get("destination") or {}).get("cluster") or "")


def managed(app: Mapping[str, Any]) -> list[Entry]:
    """What an app made and keeps."""
    return list(inventory.from_list((app.get("status") or {}).get("inventory")))


def last_deployed(app: Mapping[str, Any]) -> int:
    """The number of the newest entry in an app's history; 0 when nothing was deployed."""
    history = (app.get("status") or {}).get("history") or []
    return int(history[-1].get("id", 0)) if history else 0


def count_of(event: Mapping[str, Any]) -> int:
    """How often an event was told."""
    return int(event.get("count") or 1)
