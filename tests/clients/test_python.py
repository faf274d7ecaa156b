"""The official Python client: typed objects, watches, logs and exec."""

from collections.abc import Iterator

import pytest
from kubernetes import client, config, watch
from kubernetes.client import ApiClient, AppsV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream

from tests.clients.cluster import Cluster

# Sockets that these clients leave to the garbage collector are theirs to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def api(running: Cluster) -> Iterator[ApiClient]:
    with config.new_client_from_config(str(running.kubeconfig)) as made:
        yield made


def settings(colour: str) -> client.V1ConfigMap:
    return client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name="settings", labels={"app": "shop"}),
        data={"colour": colour},
    )


def test_objects_are_created_read_changed_and_deleted(api: ApiClient, namespace: str) -> None:
    core = CoreV1Api(api)
    made = core.create_namespaced_config_map(namespace, settings("blue"))
    assert made.metadata.uid
    core.patch_namespaced_config_map("settings", namespace, {"data": {"size": "1"}})
    read = core.read_namespaced_config_map("settings", namespace)
    assert read.data == {"colour": "blue", "size": "1"}
    read.data = {"colour": "green"}
    core.replace_namespaced_config_map("settings", namespace, read)
    found = core.list_namespaced_config_map(namespace, label_selector="app=shop")
    assert [each.data for each in found.items] == [{"colour": "green"}]
    core.delete_namespaced_config_map("settings", namespace)
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_config_map("settings", namespace)
    assert (caught.value.status, caught.value.reason) == (404, "Not Found")


def test_an_outdated_replace_is_a_conflict(api: ApiClient, namespace: str) -> None:
    core = CoreV1Api(api)
    made = core.create_namespaced_config_map(namespace, settings("blue"))
    core.patch_namespaced_config_map("settings", namespace, {"data": {"size": "1"}})
    with pytest.raises(ApiException) as caught:
        core.replace_namespaced_config_map("settings", namespace, made)
    assert caught.value.status == 409


def test_a_watch_tells_what_happened_since(api: ApiClient, namespace: str) -> None:
    core = CoreV1Api(api)
    since = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, settings("blue"))
    core.patch_namespaced_config_map("settings", namespace, {"data": {"colour": "green"}})
    core.delete_namespaced_config_map("settings", namespace)
    seen = []
    watcher = watch.Watch()
    for event in watcher.stream(
        core.list_namespaced_config_map,
        namespace,
        resource_version=since,
        field_selector="metadata.name=settings",
        timeout_seconds=30,
    ):
        seen.append((event["type"], event["object"].data["colour"]))
        if event["type"] == "DELETED":
            watcher.stop()
    assert seen == [("ADDED", "blue"), ("MODIFIED", "green"), ("DELETED", "green")]


def test_logs_and_exec_reach_the_pod(api: ApiClient, namespace: str, web: str) -> None:
    core = CoreV1Api(api)
    assert core.read_namespaced_pod(web, namespace).status.phase == "Running"
    said = stream(
        core.connect_get_namespaced_pod_exec,
        web,
        namespace,
        command=["sh", "-c", "echo $HOSTNAME"],
        stdout=True,
        stderr=True,
    )
    assert said == f"{web}\n"
    core.read_namespaced_pod_log(web, namespace)


def test_scale_is_a_part_of_its_own(api: ApiClient, namespace: str, web: str) -> None:
    apps = AppsV1Api(api)
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 0}})
    assert apps.read_namespaced_deployment("web", namespace).spec.replicas == 0
