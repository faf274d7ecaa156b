"""The genuine `flux` command against an embedded cluster on which the dialect is at work."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.urls import Urls
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import GitServer, Push, Repositories
from gitops_lab.host.dialects import Dialects
from gitops_lab.kube import Client
from gitops_lab.registry import Registry, RegistryStore
from tests.clients.cluster import Cluster, cluster

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "token-of-the-tests"
MISSING = "the flux command is not built: run `scripts/flux build` (some minutes, once)"


def flux_path() -> Path | None:
    """The genuine command; None when it is not built."""
    command = [sys.executable, str(ROOT / "scripts" / "flux"), "path"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return None if said.endswith("(missing)") else Path(said)


@dataclass
class Lab:
    """A cluster with nodes and controllers, a Git server, and the engines' dialects."""

    cluster: Cluster
    client: Client
    repositories: Repositories
    server: GitServer
    dialects: Dialects
    program: Path
    world: World

    def flux(self, *arguments: str, fails: bool = False, seconds: int = 90) -> str:
        """What the command says, on both outputs."""
        done = subprocess.run(
            [str(self.program), *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            cwd=self.cluster.home,
            env=self.cluster.environment,
        )
        told = done.stdout + done.stderr
        assert bool(done.returncode) == fails, f"flux {' '.join(arguments)}: {told}"
        return told

    def url(self, repo: str) -> str:
        """The clone URL of a repository."""
        return self.server.clone_url(repo)

    def push(self, repo: str, files: dict[str, str | bytes | None], message: str = "Change") -> str:
        """A commit that everybody is told of; its sha."""
        sha = self.repositories.commit(repo, "main", message, files)
        self.server.announce(repo)
        return sha


@contextmanager
def lab(folder: Path, program: Path, engines: tuple[str, ...]) -> Iterator[Lab]:
    """Up, with these engines started, and ended with the context."""
    heard: list[Callable[[Push], None]] = []
    repositories = Repositories(folder / "repos")
    with cluster(folder / "cluster") as running:
        server = GitServer(folder / "repos", TOKEN, on_push=lambda push: _tell(heard, push))
        server.start()
        client = Client.from_kubeconfig(running.kubeconfig)
        urls = Urls(lambda: server.port, repositories.names, ())
        world = World(
            home=client,
            clients={"main": client},
            sources=SourceStore(folder / "repos", folder / "cache"),
            repositories=repositories,
            git_url=urls.git_url,
            repo_of=urls.repo_of,
            state=folder / "state",
            registry=Registry(RegistryStore(folder / "registry"), lambda: 0),
            announce=server.announce,
            hooks=server.hooks,
        )
        loop = Loop({"main": client}, sources=world.sources)
        loop.start()
        dialects = Dialects(world, loop, adopts=True)
        heard.append(dialects.pushed)
        dialects.start(engines)
        try:
            yield Lab(running, client, repositories, server, dialects, program, world)
        finally:
            dialects.stop()
            loop.stop()
            server.stop()
            client.close()


def _tell(heard: list[Callable[[Push], None]], push: Push) -> None:
    for each in heard:
        each(push)
