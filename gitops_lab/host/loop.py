"""The *loop* process: the Git server and the engine of one workspace."""

import contextlib
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.urls import Urls
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import GitError, GitServer, Push, Repositories
from gitops_lab.git.pushes import OnPush
from gitops_lab.host.dialects import Dialects, load
from gitops_lab.host.ending import wait_for_end
from gitops_lab.host.forwards import Forwards
from gitops_lab.host.ready import say_ready
from gitops_lab.host.registry import start_registry
from gitops_lab.host.urls import ServiceUrls
from gitops_lab.host.webhooks import Webhooks
from gitops_lab.kube import Client
from gitops_lab.registry import Registry
from gitops_lab.web import Engines, PageServer, Scene
from gitops_lab.workspace import chain
from gitops_lab.workspace.connect import connect
from gitops_lab.workspace.existing import GuardedClient
from gitops_lab.workspace.page import WEBHOOK, webhook_secret
from gitops_lab.workspace.reach import Reach, read_reach

log = logging.getLogger(__name__)


def prepare(workspace: Path) -> None:
    """Load the code of the engines that are spoken, while the clusters come."""
    with contextlib.suppress(OSError, ValueError):  # `run` says what is wrong
        record = json.loads((workspace / "workspace.json").read_text())
        for name in record.get("engines", ()):
            load(name, record["timing"])


def run(workspace: Path, git_port: int, page_port: int = 0) -> None:
    """Serve Git and the page, and reconcile, until the process is told to end."""
    record = json.loads((workspace / "workspace.json").read_text())
    clusters = list(record["clusters"])
    clients = {name: connect(workspace, name, user_agent="gitops-lab-engine") for name in clusters}
    sources = SourceStore(workspace / "repos", workspace / "cache")
    loop = Loop(
        clients,
        home=clusters[0],
        sources=sources,
        timing=record["timing"],
        repositories=Repositories(workspace / "repos"),
    )
    page = _page(workspace, record, clients, loop, sources, page_port)

    def on_push(push: Push) -> None:
        loop.notify_push(push.repo, push.refs)
        page.pushed(push.repo)
        dialects.pushed(push)

    reaches = {name: read_reach(workspace / "clusters" / name) for name in clusters}
    addresses = _addresses(reaches.values())
    server = _listen(workspace, git_port, on_push, addresses)
    registry = start_registry(workspace, addresses)
    world = replace(
        _world(
            workspace,
            record,
            clients,
            sources,
            Urls(lambda: server.port, Repositories(workspace / "repos").names, addresses),
        ),
        registry=Registry(registry.store, lambda: registry.port, addresses),
        announce=server.announce,
        hooks=server.hooks,
    )
    dialects = Dialects(world, loop, adopts=record["provider"] == "embedded")
    urls = _urls(workspace, clients, reaches)
    server.pages["/metrics"] = loop.metrics
    server.streams[chain.PATH] = lambda tell: loop.subscribe(
        lambda event: tell(json.dumps(event.to_json(), default=str))
    )
    loop.start()
    dialects.start(record.get("engines", ()))
    for each in urls:
        each.start()
    page.start()
    say_ready(git_port=server.port, page_port=page.port)
    wait_for_end()
    page.stop()
    for each in urls:
        each.stop()
    server.stop()
    dialects.stop()
    registry.stop()
    loop.stop()


def _urls(
    workspace: Path, clients: Mapping[str, Client], reaches: Mapping[str, Reach]
) -> list[ServiceUrls | Forwards]:
    """What keeps the addresses of the clusters' Services."""
    return [
        *(ServiceUrls(clients[name], reach.node_ports) for name, reach in reaches.items()),
        *(
            Forwards(client, client.selector, workspace / "kubeconfig", name)
            for name, client in clients.items()
            if isinstance(client, GuardedClient)
        ),
    ]


def _world(
    workspace: Path,
    record: Mapping[str, Any],
    clients: Mapping[str, Client],
    sources: SourceStore,
    urls: Urls,
) -> World:
    return World(
        home=clients[record["clusters"][0]],
        clients=clients,
        sources=sources,
        repositories=Repositories(workspace / "repos"),
        git_url=urls.git_url,
        repo_of=urls.repo_of,
        state=workspace / "dialects",
        kubeconfig=_kubeconfig(workspace, record),
        timing=record["timing"],
    )


def _kubeconfig(workspace: Path, record: Mapping[str, Any]) -> Path | None:
    """None on somebody's own clusters: a client made of it would go past the guard."""
    return None if record["provider"] == "existing" else workspace / "kubeconfig"


def _page(
    workspace: Path,
    record: Mapping[str, Any],
    clients: Mapping[str, Client],
    loop: Loop,
    sources: SourceStore,
    port: int,
) -> PageServer:
    scene = Scene(
        root=workspace,
        name=record["name"],
        clients=clients,
        chain=loop.chain,
        sources=sources,
        repositories=Repositories(workspace / "repos"),
        environment={**os.environ, "GITOPS_LAB_HOME": str(workspace.parents[1])},
        shared=record["provider"] == "existing",
        engines=Engines(lambda: loop.fronts, loop.statuses),
    )
    return PageServer(scene, (workspace / "token").read_text(), port=port)


def _addresses(reaches: Iterable[Reach]) -> tuple[str, ...]:
    """Where pods look for this machine, each once."""
    return tuple(dict.fromkeys(reach.host_address for reach in reaches if reach.host_address))


def _listen(workspace: Path, port: int, on_push: OnPush, also: Sequence[str]) -> GitServer:
    """Listen on last time's port; on a free one when somebody else has taken it."""
    token = (workspace / "token").read_text()
    server = GitServer(workspace / "repos", token, port=port, also=also, on_push=on_push)
    try:
        server.start()
    except GitError as error:
        if error.reason != "PortInUse" or not port:
            raise
        log.warning("port %d is taken; the Git server moves to another", port)
        server = GitServer(workspace / "repos", token, also=also, on_push=on_push)
        server.start()
    webhooks = Webhooks(Repositories(workspace / "repos"), on_push, webhook_secret(token))
    server.hooks[WEBHOOK] = webhooks.called
    return server
