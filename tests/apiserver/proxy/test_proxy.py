"""Logs and streams are fetched from the node that a pod is on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gitops_lab.kube.client import Client
from tests.apiserver.proxy.fake_node import KUBELET_TOKEN, FakeNode, fake_node
from tests.apiserver.raw import context_of, send
from tests.apiserver.servers import TOKEN, RunningServer

POD = "/api/v1/namespaces/default/pods/web"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    running = RunningServer(folder, kubelet_token=KUBELET_TOKEN).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def node(server: RunningServer) -> Iterator[FakeNode]:
    with fake_node(server.folder) as fake:
        client = server.client()
        register(client, fake.port)
        client.create(pod("web", "one"))
        client.create(pod("waiting", ""))
        client.close()
        yield fake


def register(client: Client, port: int) -> None:
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    client.create(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}, "status": status}
    )


def pod(name: str, node: str) -> dict[str, Any]:
    containers = [{"name": each, "image": "gitops-lab/web:1.0"} for each in ("main", "side")]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"nodeName": node, "containers": containers},
    }


def test_a_log_is_passed_on_with_its_options(server: RunningServer, node: FakeNode) -> None:
    reply = send(server, "GET", f"{POD}/log?container=side&tailLines=2&timestamps=true")
    assert (reply.code, reply.body) == (200, b"one\ntwo\n")
    assert reply.headers["content-type"].startswith("text/plain")
    assert node.paths[-1] == "/containerLogs/default/web/side?tailLines=2&timestamps=true"


def test_a_nodes_refusal_becomes_a_status(server: RunningServer, node: FakeNode) -> None:
    reply = send(server, "GET", f"{POD}/log?container=main&previous=true")
    assert (reply.code, reply.json["reason"]) == (400, "BadRequest")
    assert reply.json["message"] == "previous terminated container not found"


def test_a_container_has_to_be_chosen(server: RunningServer, node: FakeNode) -> None:
    reply = send(server, "GET", f"{POD}/log")
    assert reply.code == 400
    assert reply.json["message"] == (
        "a container name must be specified for pod web, choose one of: [main side]"
    )


def test_a_pod_without_a_node_has_no_log_yet(server: RunningServer, node: FakeNode) -> None:
    reply = send(server, "GET", POD.replace("web", "waiting") + "/log?container=main")
    assert (reply.code, reply.body) == (204, b"")


def stream(server: RunningServer, path: str, token: str = TOKEN) -> connect:
    """A WebSocket by the client on one thread.

    The one on two threads (`websockets.sync`) waits for the socket while what has come lies in its
    TLS layer already: now and then it sees no answer, and waits for ever.
    """
    return connect(
        server.url.replace("https", "wss") + path,
        ssl=context_of(server),
        subprotocols=["v5.channel.k8s.io"],  # type: ignore[list-item]
        additional_headers={"Authorization": f"Bearer {token}"},
        max_size=None,
        compression=None,
        proxy=None,
    )


async def relay(server: RunningServer, big: bytes) -> None:
    path = f"{POD}/exec?command=sh&command=-c&container=main&stdin=true"
    async with asyncio.timeout(20), stream(server, path) as socket:
        assert socket.subprotocol == "v5.channel.k8s.io"
        await socket.send(big)
        assert await socket.recv() == big
        await socket.send(b"\x00bye")
        assert await socket.recv() == b'\x03{"status":"Success"}'


def test_a_stream_is_relayed_both_ways(server: RunningServer, node: FakeNode) -> None:
    asyncio.run(relay(server, b"\x00" + bytes(range(256)) * 20_000))
    assert node.paths[-1] == "/exec/default/web/main?command=sh&command=-c&stdin=true"


async def refusal(server: RunningServer, path: str, token: str) -> int:
    """The code of a refused handshake."""
    with pytest.raises(InvalidStatus) as refused:
        await stream(server, path, token)
    return refused.value.response.status_code


@pytest.mark.parametrize(
    ("path", "token", "code"),
    [
        (f"{POD}/exec?container=nope", TOKEN, 400),
        (f"{POD}/exec?container=main", "wrong", 401),
        (f"{POD}/exec?container=main", "guest-token", 403),
        (POD.replace("web", "gone") + "/exec?container=main", TOKEN, 404),
        (f"{POD}/nothing", TOKEN, 404),
    ],
)
def test_a_stream_that_can_not_be_is_refused_before_it_begins(
    server: RunningServer, node: FakeNode, path: str, token: str, code: int
) -> None:
    assert asyncio.run(refusal(server, path, token)) == code
