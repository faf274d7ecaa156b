"""Which engines a workspace speaks: those that it names, and those that somebody installs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_lab.dialects.argocd.application import crd
from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.urls import Urls
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories
from gitops_lab.host.dialects import DIALECT_LABEL, Dialects
from gitops_lab.kube import Client, Object
from tests.apiserver.servers import RunningServer
from tests.waiting import eventually

CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
APPLICATIONS = "applications.argoproj.io"


@dataclass
class Engine:
    """A loop on a cluster of its own."""

    client: Client
    world: World
    loop: Loop

    def dialects(self, *, adopts: bool) -> Dialects:
        return Dialects(self.world, self.loop, adopts=adopts)

    def labels(self) -> Object:
        found: Object = self.client.get(*CRD, APPLICATIONS)["metadata"].get("labels") or {}
        return found


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    server = RunningServer(tmp_path / "cluster").start()
    client = server.client()
    sources = SourceStore(tmp_path / "repos", tmp_path / "cache")
    repositories = Repositories(tmp_path / "repos")
    urls = Urls(lambda: 1, repositories.names)
    world = World(
        home=client,
        clients={"main": client},
        sources=sources,
        repositories=repositories,
        git_url=urls.git_url,
        repo_of=urls.repo_of,
        state=tmp_path / "dialects",
    )
    loop = Loop({"main": client}, sources=sources)
    loop.start()
    yield Engine(client, world, loop)
    loop.stop()
    client.close()
    server.stop()


def test_an_engine_that_is_named_is_defined_and_shown(engine: Engine) -> None:
    dialects = engine.dialects(adopts=True)
    dialects.start(["argocd"])
    assert dialects.running == ("argocd",)
    assert engine.labels()[DIALECT_LABEL] == "argocd"
    assert [front.name for front in engine.loop.fronts] == ["native", "argocd"]
    dialects.stop()


def test_an_engine_that_somebody_installs_is_adopted_and_an_event_says_so(engine: Engine) -> None:
    dialects = engine.dialects(adopts=True)
    dialects.start([])
    engine.client.create(crd.definition())
    eventually(lambda: dialects.running == ("argocd",), timeout=30)
    assert DIALECT_LABEL not in engine.labels(), "his own definition stays as it is"

    def told() -> bool:
        events = engine.client.list("v1", "Event", "default").items
        return any(
            event["reason"] == "Adopted" and event["involvedObject"]["name"] == APPLICATIONS
            for event in events
        )

    eventually(told)
    dialects.stop()


def test_a_genuine_engine_on_somebodys_cluster_is_left_to_itself(engine: Engine) -> None:
    engine.client.create(crd.definition())
    labels = engine.labels()
    dialects = engine.dialects(adopts=False)
    dialects.start(["argocd"])
    assert dialects.running == ()
    names = {one["metadata"]["name"] for one in engine.client.list(*CRD).items}
    assert names == {APPLICATIONS, "gitopsapps.gitops-lab.dev"}
    assert engine.client.get(*CRD, APPLICATIONS)["metadata"].get("labels") == labels
    dialects.stop()


def test_ours_from_an_earlier_start_is_no_genuine_engine(engine: Engine) -> None:
    first = engine.dialects(adopts=False)
    first.start(["argocd"])
    first.stop()
    again = engine.dialects(adopts=False)
    again.start(["argocd"])
    assert again.running == ("argocd",)
    again.stop()
