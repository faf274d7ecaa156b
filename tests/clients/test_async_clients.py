"""kubernetes-asyncio and kr8s, which speak from an event loop."""

import asyncio

import kr8s.asyncio
import pytest
from kubernetes_asyncio import client, config, watch
from kubernetes_asyncio.stream import WsApiClient

from tests.clients.cluster import Cluster

# Sockets that these clients leave to the garbage collector are theirs to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore:Kubernetes version",
)

SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "labels": {"app": "shop"}},
    "data": {"colour": "blue"},
}


def test_kubernetes_asyncio_writes_and_watches(running: Cluster, namespace: str) -> None:
    async def talk() -> list[str]:
        async with await config.new_client_from_config(str(running.kubeconfig)) as api:
            core = client.CoreV1Api(api)
            since = (await core.list_namespaced_config_map(namespace)).metadata.resource_version
            await core.create_namespaced_config_map(namespace, SETTINGS)
            await core.patch_namespaced_config_map("settings", namespace, {"data": {"size": "1"}})
            await core.delete_namespaced_config_map("settings", namespace)
            seen: list[str] = []
            async with watch.Watch() as watcher:
                async for event in watcher.stream(
                    core.list_namespaced_config_map,
                    namespace,
                    resource_version=since,
                    label_selector="app=shop",
                    timeout_seconds=30,
                ):
                    seen.append(event["type"])
                    if event["type"] == "DELETED":
                        return seen
            return seen

    assert asyncio.run(talk()) == ["ADDED", "MODIFIED", "DELETED"]


def test_kubernetes_asyncio_executes(running: Cluster, namespace: str, web: str) -> None:
    async def talk() -> str:
        settings = client.Configuration()
        await config.load_kube_config(
            str(running.kubeconfig), client_configuration=settings, persist_config=False
        )
        async with WsApiClient(configuration=settings) as api:
            said: str = await client.CoreV1Api(api).connect_get_namespaced_pod_exec(
                web, namespace, command=["echo", "hello"], stdout=True, stderr=True
            )
            return said

    assert asyncio.run(talk()) == "hello\n"


def test_kr8s_writes_reads_and_deletes(running: Cluster, namespace: str) -> None:
    async def talk() -> dict[str, str]:
        api = await kr8s.asyncio.api(kubeconfig=str(running.kubeconfig), namespace=namespace)
        made = await kr8s.asyncio.objects.ConfigMap(SETTINGS, api=api)
        await made.create()
        await made.patch({"data": {"size": "1"}})
        found = [each async for each in api.get("configmaps", label_selector="app=shop")]
        await made.delete()
        assert not await made.exists()
        data: dict[str, str] = dict(found[0].data)
        return data

    assert asyncio.run(talk()) == {"colour": "blue", "size": "1"}


def test_kr8s_waits_executes_and_reads_logs(running: Cluster, namespace: str, web: str) -> None:
    async def talk() -> bytes:
        api = await kr8s.asyncio.api(kubeconfig=str(running.kubeconfig), namespace=namespace)
        pod = await kr8s.asyncio.objects.Pod.get(web, api=api)
        await pod.wait("condition=Ready", timeout=30)
        [line async for line in pod.logs(tail_lines=1)]
        done = await pod.exec(["sh", "-c", "echo hello"])
        said: bytes = done.stdout
        return said

    assert asyncio.run(talk()) == b"hello\n"
