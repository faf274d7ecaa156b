"""A cluster, repositories and the Flux dialect at work, for one test."""

import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gitops_lab.dialects.conditions import find_condition
from gitops_lab.dialects.dialect import Hook, World
from gitops_lab.dialects.flux import Flux
from gitops_lab.dialects.flux.storage import Storage
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import condition_of
from gitops_lab.registry import Registry
from tests.waiting import eventually

GIT = "http://127.0.0.1:30080"
GROUPS = {
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "GitRepository": "source.toolkit.fluxcd.io/v1",
}
Files = Mapping[str, str | bytes | None]


@dataclass
class FluxWorld:
    """One namespace of a shared cluster; the dialect runs between `start` and `stop`."""

    client: Client
    root: Path
    namespace: str
    timing: str = "lab"
    dialect: Flux = field(default_factory=Flux)
    registry: Registry | None = None
    kubeconfig: Path | None = None
    hooks: dict[str, Hook] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repositories = Repositories(self.root / "repos")

    def start(self) -> None:
        """Install the definitions and start the controllers."""
        for definition in self.dialect.definitions():
            self.client.apply(definition, field_manager="test", force=True)
        for kind, api_version in GROUPS.items():
            eventually(functools.partial(self._is_served, api_version, kind))
        world = World(
            home=self.client,
            clients={"main": self.client},
            sources=SourceStore(self.root / "repos", self.root / "cache"),
            repositories=self.repositories,
            git_url=lambda name: f"{GIT}/{name}.git",
            repo_of=_repo_of,
            state=self.root / "state",
            timing=self.timing,
            registry=self.registry,
            kubeconfig=self.kubeconfig,
            hooks=self.hooks,
        )
        self.dialect.start(world, cast(Loop, None))  # Flux has no Apps in the loop

    def _is_served(self, api_version: str, kind: str) -> bool:
        try:
            self.client.list(api_version, kind, self.namespace)
        except ApiError:
            return False
        return True

    def stop(self) -> None:
        """End the controllers, and remove what the test has left."""
        self.dialect.stop()
        for kind, api_version in GROUPS.items():
            for obj in self.client.list(api_version, kind, self.namespace).items:
                with contextlib.suppress(NotFound):
                    self.client.patch(obj, {"metadata": {"finalizers": None}})
                    self.client.delete(api_version, kind, obj["metadata"]["name"], self.namespace)

    def repo(self, files: Mapping[str, str | bytes], name: str = "web") -> str:
        """A repository; the sha of its first commit."""
        self.repositories.create(name, files, message="Add the first files")
        return self.repositories.resolve(name, "main")

    def push(self, files: Files, message: str = "Change it", repo: str = "web") -> str:
        """A commit that the dialect is told of; its sha."""
        sha = self.repositories.commit(repo, "main", message, files)
        self.dialect.pushed(repo, ["refs/heads/main"])
        return sha

    def create(self, kind: str, name: str, **spec: Any) -> Object:
        """A resource of Flux in the test's namespace."""
        metadata = {"namespace": self.namespace, "name": name}
        return self.client.create(
            {"apiVersion": GROUPS[kind], "kind": kind, "metadata": metadata, "spec": spec}
        )

    def kustomization(self, name: str = "web", **spec: Any) -> Object:
        """A Kustomization of the folder `deploy` of the GitRepository `web`."""
        default = {
            "sourceRef": {"kind": "GitRepository", "name": "web"},
            "path": "./deploy",
            "interval": "10m",
            "prune": True,
            "targetNamespace": self.namespace,
        }
        return self.create("Kustomization", name, **{**default, **spec})

    def git(self, name: str = "web", **spec: Any) -> Object:
        """A GitRepository of the repository of that name, on branch main."""
        default = {"url": f"{GIT}/web.git", "interval": "10m", "ref": {"branch": "main"}}
        return self.create("GitRepository", name, **{**default, **spec})

    def get(self, kind: str, name: str = "web") -> Object:
        """The resource as it is."""
        return self.client.get(GROUPS[kind], kind, name, self.namespace)

    def patch(self, kind: str, patch: Object, name: str = "web") -> Object:
        """Merge a patch into a resource."""
        return self.client.patch(self.get(kind, name), patch)

    def delete(self, kind: str, name: str = "web") -> None:
        """Delete a resource and wait until it is gone."""
        self.client.delete(GROUPS[kind], kind, name, self.namespace)

        def gone() -> bool:
            try:
                self.get(kind, name)
            except NotFound:
                return True
            return False

        eventually(gone, timeout=20)

    @property
    def storage(self) -> Storage:
        """Where the dialect keeps artifacts."""
        return Storage(self.root / "state")

    def until(self, kind: str, probe: Callable[[Object], Any], name: str = "web") -> Object:
        """The resource as soon as it is as the probe wants."""

        def look() -> Object:
            obj = self.get(kind, name)
            assert probe(obj), obj.get("status")
            return obj

        return eventually(look, timeout=20)

    def until_ready(self, kind: str, status: str = "True", name: str = "web") -> Object:
        """The resource as soon as Ready has this status at its present generation."""

        def ready(obj: Object) -> bool:
            condition = condition_of(obj, "Ready") or {}
            now = condition.get("observedGeneration") == obj["metadata"]["generation"]
            busy = condition_of(obj, "Reconciling") or {}
            return now and condition.get("status") == status and busy.get("reason") != "Progressing"

        return self.until(kind, ready, name)

    def events(self, kind: str, name: str = "web") -> list[Object]:
        """The events on a resource, oldest first."""
        found = self.client.list("v1", "Event", self.namespace).items
        return [
            event
            for event in sorted(found, key=lambda one: int(one["metadata"]["resourceVersion"]))
            if (event["involvedObject"]["kind"], event["involvedObject"]["name"]) == (kind, name)
        ]

    def config_map(self, name: str) -> Object | None:
        """A ConfigMap of the namespace; None when there is none."""
        try:
            return self.client.get("v1", "ConfigMap", name, self.namespace)
        except NotFound:
            return None


def ready_of(obj: Object) -> tuple[str, str, str]:
    """Status, reason and message of Ready."""
    found = find_condition(obj["status"]["conditions"], "Ready") or {}
    return found["status"], found["reason"], found["message"]


def _repo_of(url: str) -> str | None:
    return url.removeprefix(f"{GIT}/").removesuffix(".git") if url.startswith(GIT) else None
