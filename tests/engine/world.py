"""A cluster, repositories and the engine's loop, for tests that run the real thing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.engine.events import ChainEvent
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.ops import AppView, find_app
from gitops_lab.engine.semantics import Backoff, Semantics
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import RefUpdate, Repositories
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.yamls import dump
from tests.waiting import eventually

Files = Mapping[str, str | bytes | None]
KUBECONFIG = os.environ.get("GITOPS_LAB_TEST_KUBECONFIG", "")
"""Of the cluster that the tests are aimed at, whose controllers are at work; "" for one of ours."""
FAST = Semantics(retry=Backoff(first=0.2, longest=0.5), resync=600)


@dataclass
class World:
    """One test's own namespace, repository and Apps in a cluster that tests share."""

    client: Client
    root: Path
    namespace: str
    semantics: Semantics = FAST
    events: list[ChainEvent] = field(default_factory=list)
    others: Mapping[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repositories = Repositories(self.root / "repos")
        self.sources = SourceStore(self.root / "repos", self.root / "cache")
        self.loop = self._new_loop()

    def _new_loop(self) -> Loop:
        clients = {"main": self.client, **self.others}
        loop = Loop(clients, sources=self.sources, semantics=self.semantics)
        loop.subscribe(self.events.append)
        return loop

    def restart(self) -> None:
        """The process ends and starts again: nothing is remembered."""
        self.loop.stop()
        self.loop = self._new_loop()
        self.loop.start()

    def repo(self, files: Mapping[str, str | bytes], name: str = "web") -> str:
        self.repositories.create(name, files, message="first")
        return name

    def commit(self, files: Files, message: str = "change", repo: str = "web") -> str:
        old = self.repositories.resolve(repo, "main")
        sha = self.repositories.commit(repo, "main", message, files)
        self.loop.notify_push(repo, [RefUpdate("refs/heads/main", old, sha)])
        return sha

    def app(self, name: str = "web", **spec: object) -> None:
        policy = {"automated": True, "prune": True, "selfHeal": True}
        destination = {"namespace": self.namespace, "createNamespace": True}
        default = {
            "source": {"repo": "web"},
            "destination": destination,
            "syncPolicy": policy,
        }
        self.client.create(
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {"namespace": self.namespace, "name": name},
                "spec": {**default, **spec},
            }
        )

    def patch_app(self, patch: Object, name: str = "web") -> None:
        self.client.patch(self.view(name).obj, patch)

    def view(self, name: str = "web") -> AppView:
        return find_app(self.client, name, self.namespace)

    def until(self, probe: Callable[[AppView], bool], name: str = "web") -> AppView:
        """The App as soon as it is as the probe wants."""

        def look() -> AppView | None:
            view = self.view(name)
            assert probe(view), view.obj.get("status")
            return view

        found = eventually(look)
        assert found is not None
        return found

    def until_synced(self, revision: str = "", name: str = "web") -> AppView:
        return self.until(
            lambda view: (
                view.status.reason in ("Synced", "Progressing", "Degraded")
                and view.status.revision.startswith(revision)
            ),
            name,
        )

    def until_reason(self, reason: str, name: str = "web") -> AppView:
        return self.until(lambda view: view.status.reason == reason, name)

    def config_map(self, name: str) -> Object:
        return self.client.get("v1", "ConfigMap", name, self.namespace)

    def has_config_map(self, name: str) -> bool:
        try:
            self.config_map(name)
        except NotFound:
            return False
        return True


def config_yaml(name: str, **data: str) -> str:
    return dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
