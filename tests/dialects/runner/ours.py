"""Our engine and its dialects in this process, against the embedded API server."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.controllers import Manager
from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.urls import Urls
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Push, RefUpdate
from gitops_lab.host.dialects import Dialects
from gitops_lab.kube import Client
from gitops_lab.registry import Registry
from tests.apiserver.servers import TOKEN, RunningServer
from tests.dialects.runner.backend import NONE, Backend, followed_events, git_server, set_up
from tests.dialects.runner.case import Setup
from tests.dialects.runner.services import services

PATIENCE, CALM = 90.0, 2.5  # half a minute is the shortest timeout of a Kustomization
TIMING = "real"
"""The engines' own clocks: what is compared is what they do without our help."""


@dataclass
class Ours(Backend):
    """The dialects, told of what is pushed, as the Git server tells them."""

    dialects: "Dialects | None" = None
    loop: "Loop | None" = None

    def pushed(self, repo: str, ref: str, old: str, new: str) -> None:
        push = Push(repo, (RefUpdate(ref, old, new),))
        if self.loop is not None:
            self.loop.notify_push(push.repo, push.refs)
        if self.dialects is not None:
            self.dialects.pushed(push)


@contextmanager
def ours(root: Path, engines: Sequence[str], setup: Setup = NONE) -> Iterator[Ours]:
    """A cluster with the dialects of these engines, ready."""
    with ExitStack() as stack:
        server = RunningServer(root / "cluster").start()
        stack.callback(server.stop)
        client, engine = server.client(), server.client()
        set_up(client, setup.settings)
        manager = Manager(_client(server, "kube-controller-manager"))
        manager.start()
        stack.callback(manager.stop)
        git, repositories = git_server(root / "repos")
        stack.callback(git.stop)
        around = stack.enter_context(services(root))
        sources = SourceStore(root / "repos", root / "cache")
        loop = Loop({"main": engine}, sources=sources, timing=TIMING, repositories=repositories)
        urls = Urls(lambda: git.port, repositories.names)
        world = World(
            home=engine,
            clients={"main": engine},
            sources=sources,
            repositories=repositories,
            git_url=urls.git_url,
            repo_of=urls.repo_of,
            state=root / "dialects",
            timing=TIMING,
            kubeconfig=server.kubeconfig,
            registry=Registry(around.registry.store, lambda: around.registry.port),
            announce=git.announce,
            hooks=git.hooks,
        )
        dialects = Dialects(world, loop, adopts=True)
        loop.start()
        stack.callback(loop.stop)
        dialects.start(engines)
        stack.callback(dialects.stop)
        yield Ours(
            "ours",
            client,
            root,
            PATIENCE,
            CALM,
            git,
            repositories,
            around,
            git.url.rstrip("/"),
            stack.enter_context(followed_events(client)),
            dialects=dialects,
            loop=loop,
        )


def _client(server: RunningServer, agent: str) -> Client:
    ca_file = str(server.folder / "tls.crt")
    return Client(server.url, token=TOKEN, ca_file=ca_file, user_agent=agent)
