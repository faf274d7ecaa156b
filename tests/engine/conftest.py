"""One API server for the engine's tests, and a world of its own for each of them.

It is the embedded one; with GITOPS_LAB_TEST_GENUINE=1 a genuine kube-apiserver (`scripts/oracle`
builds it), so that the engine is shown not to lean on a peculiarity of ours. With
GITOPS_LAB_TEST_KUBECONFIG=FILE it is the cluster of that file, as one of kind's on which no other
engine of ours is at work; what its own controllers would be in the way of is skipped there.
"""

import contextlib
import itertools
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.kube import Client
from gitops_lab.kube.errors import NotFound
from tests.engine.world import KUBECONFIG, World

_numbers = itertools.count(1)
_run = f"engine-{secrets.token_hex(3)}-" if KUBECONFIG else "t"


@pytest.fixture(scope="session")
def engine_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    if KUBECONFIG:
        yield Client.from_kubeconfig(Path(KUBECONFIG))
        return
    folder = tmp_path_factory.mktemp("engine-cluster")
    if os.environ.get("GITOPS_LAB_TEST_GENUINE"):
        from tests.oracle.genuine import genuine_server

        with genuine_server(folder) as endpoint:
            yield Client(endpoint.url, token=endpoint.token, ca_file=str(endpoint.ca_file))
        return
    from tests.apiserver.servers import RunningServer

    server = RunningServer(folder).start()
    client = server.client()
    yield client
    client.close()
    server.stop()


@pytest.fixture
def world(engine_client: Client, tmp_path: Path) -> Iterator[World]:
    namespace = f"{_run}{next(_numbers)}"
    engine_client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    world = World(engine_client, tmp_path, namespace)
    world.loop.start()
    yield world
    world.loop.stop()
    for app in engine_client.list("gitops-lab.dev/v1", "GitOpsApp", namespace).items:
        name = app["metadata"]["name"]
        with contextlib.suppress(NotFound):
            engine_client.patch(app, {"metadata": {"finalizers": None}})
            engine_client.delete(app["apiVersion"], app["kind"], name, namespace)
    if KUBECONFIG:  # a cluster that goes on
        engine_client.delete("v1", "Namespace", namespace)
