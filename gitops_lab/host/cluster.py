"""The *cluster* process: an API server, what kube-controller-manager does, and a node.

The three speak only through the API, each as a user of its own, so that what they write can be
told apart.
"""

import asyncio
import errno
import json
import logging
import os
import secrets
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gitops_lab import samples
from gitops_lab.apiserver import ApiServer, ServerConfig, User
from gitops_lab.controllers import Manager
from gitops_lab.errors import WorkspaceError
from gitops_lab.host.ending import wait_for_end
from gitops_lab.host.ready import say_ready
from gitops_lab.kube import Client, audit
from gitops_lab.node import Node, NodeConfig

log = logging.getLogger(__name__)

_START_SECONDS = 30.0
_ADMIN = User("gitops-lab-admin", ("system:masters", "system:authenticated"))
_CONTROLLERS = User("system:kube-controller-manager", ("system:masters", "system:authenticated"))
_NODE = User("system:node:gitops-lab-node", ("system:nodes", "system:masters"))


@dataclass(frozen=True)
class _Files:
    """What the provider put into the cluster's folder."""

    root: Path
    ca: Path
    settings: dict[str, Any]

    @classmethod
    def read(cls, workspace: Path, name: str) -> "_Files":
        root = workspace / "clusters" / name
        return cls(root, workspace / "ca.crt", json.loads((root / "cluster.json").read_text()))

    def server_config(self, tokens: dict[str, User]) -> ServerConfig:
        return ServerConfig(
            data_dir=self.root,
            cert_file=self.root / "server.crt",
            key_file=self.root / "server.key",
            ca_file=self.ca,
            tokens=tokens,
            port=int(self.settings["port"]),
            kubelet_token=self.settings["kubelet_token"],
            audit_file=self.root / audit.FILE_NAME,
            admits_accounts=self.settings.get("only") != "api",
        )

    def node_config(self) -> NodeConfig:
        return NodeConfig(
            name="gitops-lab-node",
            root=self.root / "node",
            images=samples.catalog(),
            kubelet_token=self.settings["kubelet_token"],
            cert_file=self.root / "server.crt",
            key_file=self.root / "server.key",
            ca_file=self.ca,
            single_loopback=os.environ.get("GITOPS_LAB_SINGLE_LOOPBACK") == "1",
            more_names=_more_nodes(),
        )


def _more_nodes() -> tuple[str, ...]:
    """Names of the nodes beside the first: $GITOPS_LAB_NODES tells how many there are, in all."""
    count = int(os.environ.get("GITOPS_LAB_NODES", "2"))
    return tuple(f"gitops-lab-node-{number}" for number in range(2, count + 1))


def run(workspace: Path, name: str) -> None:
    """Serve the cluster until the process is told to end."""
    # Many threads wait for each other here: with the default of 5 ms a pod is ready half as fast.
    sys.setswitchinterval(0.0005)
    files = _Files.read(workspace, name)
    admin = (workspace / "token").read_text()
    tokens = {admin: _ADMIN}
    controllers_token, node_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    tokens |= {controllers_token: _CONTROLLERS, node_token: _NODE}
    server = _ServerThread(files.server_config(tokens))
    server.start()
    if files.settings.get("only") == "api":  # a home for Apps whose objects are elsewhere
        say_ready(url=server.url, port=server.port)
        wait_for_end()
        server.stop()
        return
    ca = str(files.ca)
    manager = Manager(
        Client(
            server.url, token=controllers_token, ca_file=ca, user_agent="kube-controller-manager"
        ),
        ca_file=files.ca,
    )
    node = Node(
        Client(server.url, token=node_token, ca_file=ca, user_agent="gitops-lab-node"),
        files.node_config(),
    )
    manager.start()
    node.start()
    say_ready(url=server.url, port=server.port)
    wait_for_end()
    node.stop()
    manager.stop()
    server.stop()


class _ServerThread:
    """The API server on an event loop in a thread of its own."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._thread = threading.Thread(target=self._run, name="apiserver", daemon=True)
        self._started = threading.Event()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self.url = ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def start(self) -> None:
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise WorkspaceError("the API server was not ready in time.", reason="ApiServerFailed")
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await self._listen()
        except BaseException as error:
            self._problem = error
            self._started.set()
            return
        self._started.set()
        await self._end.wait()
        await server.stop()

    async def _listen(self) -> ApiServer:
        """Listen on last time's port; on a free one when somebody else has taken it."""
        server = ApiServer(self._config)
        try:
            await server.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not self._config.port:
                raise
            log.warning("port %d is taken; the API moves to another", self._config.port)
            server = ApiServer(replace(self._config, port=0))
            await server.start()
        self.url = server.url
        return server
