"""What is at hand for every Application: clusters that are watched, loaders, events."""

import threading
from collections.abc import Callable, Iterable

from gitops_lab.dialects.argocd.application.difference import MANAGER
from gitops_lab.dialects.argocd.application.fetching import Fetching
from gitops_lab.dialects.argocd.application.spec import API_VERSION, COMPONENT, KIND, qualified
from gitops_lab.dialects.argocd.application.targets import Loader
from gitops_lab.dialects.argocd.application.tracking import Tracking
from gitops_lab.dialects.argocd.clusters import Target
from gitops_lab.dialects.argocd.seams import NAMESPACE, Shared
from gitops_lab.engine.events import ChainEvent
from gitops_lab.engine.ids import app_id
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.live import Live
from gitops_lab.engine.recorder import About, Recorder
from gitops_lab.engine.semantics import Semantics
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import (
    GroupKind,
    join_api_version,
    name_of,
    namespace_of,
    split_api_version,
    uid_of,
)

FRONT = "argocd"


class Watched:
    """One cluster: what is followed there, and what belongs to whom."""

    def __init__(self, target: Target, tracking: Tracking, touched: Callable[[str], None]) -> None:
        self.target = target
        semantics = Semantics(name=FRONT, field_manager=MANAGER, marks=tracking)
        self._touched = touched
        self._leaving: dict[str, set[ObjectKey]] = {}
        self._lock = threading.Lock()
        self._live = Live(target.client, semantics, self._told)
        self._versions: dict[GroupKind, str] = {}

    def follow(self, entries: Iterable[Entry]) -> None:
        """Watch the kinds of these objects too."""
        kinds = {(entry.api_version, entry.key.kind) for entry in entries}
        for api_version, kind in kinds:
            group, version = split_api_version(api_version)
            self._versions.setdefault(GroupKind(group, kind), version)
        self._live.follow(sorted(kinds))

    def owned(self, app_name: str) -> list[Entry]:
        """What carries the marks of an Application, as far as its kind is followed."""
        return [
            Entry(key, self._versions[key.group_kind])
            for key in self._live.owned_by(app_name)
            if key.group_kind in self._versions
        ]

    def leaving(self, app_name: str) -> set[ObjectKey]:
        """What was seen to leave since this was asked last: it may be gone by now."""
        with self._lock:
            return self._leaving.pop(app_name, set())

    def stop(self) -> None:
        """End all watches."""
        self._live.stop()

    def _told(self, owner: str, key: ObjectKey) -> None:
        seen = self._live.get(key)
        if seen is not None and seen.terminating:
            with self._lock:
                self._leaving.setdefault(owner, set()).add(key)
        self._touched(owner)


class Shelf:
    """Shared by the passes over all Applications. Thread-safe."""

    def __init__(self, shared: Shared, touched: Callable[[str], None]) -> None:
        world = shared.world
        self.shared = shared
        self.tracking = Tracking(shared.settings)
        self.loader = Loader(
            Fetching(world.sources), world.repositories, world.repo_of, world.git_url, self.tracking
        )
        self._touched = touched
        self._watched: dict[str, Watched] = {}
        self._lock = threading.Lock()
        self._recorder = Recorder(world.home)

    def start(self) -> None:
        """Begin to write events."""
        self._recorder.start()

    def stop(self) -> None:
        """End the watches."""
        with self._lock:
            watched = list(self._watched.values())
        for each in watched:
            each.stop()
        self._recorder.stop()

    def watched(self, target: Target) -> Watched:
        """The cluster of a destination."""
        with self._lock:
            found = self._watched.get(target.workspace_name)
            if found is None:
                found = Watched(target, self.tracking, self._touched)
                self._watched[target.workspace_name] = found
            return found

    def forget(self, app_name: str) -> None:
        """An Application is gone."""
        with self._lock:
            watched = list(self._watched.values())
        for each in watched:
            each.leaving(app_name)

    def name_of(self, obj: Object) -> str:
        """What an Application is called in tracking ids."""
        return qualified(namespace_of(obj), name_of(obj), NAMESPACE)

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        """An Event on an Application: Normal or Warning, with Argo CD's reasons."""
        about = About(API_VERSION, KIND, namespace_of(obj), name_of(obj), uid_of(obj), COMPONENT)
        self._recorder.record(about, kind, reason, message)

    def tell(self, obj: Object, stage: str, reason: str, message: str = "", **data: object) -> None:
        """Tell the chain, for the page and the metrics."""
        who = app_id(FRONT, namespace_of(obj), name_of(obj))
        self.shared.loop.chain.tell(ChainEvent(who, stage, reason, message, data=dict(data)))


def known_entries(status: Object) -> list[Entry]:
    """What `.status.resources` names."""
    return [
        Entry(
            ObjectKey(
                row.get("group", ""), row["kind"], row.get("namespace", ""), row.get("name", "")
            ),
            row.get("version", "v1"),
        )
        for row in status.get("resources") or []
        if row.get("kind")
    ]


def api_version_of(entry: Entry) -> str:
    """`apps/v1`."""
    return join_api_version(entry.key.group, entry.version)
