"""lightkube: typed resources, server-side apply, waits and custom resources."""

from collections.abc import Callable

import pytest
from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Pod

from tests.clients.cluster import Cluster

# Sockets that these clients leave to the garbage collector are theirs to close.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

GADGETS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.clients.example}
spec:
  group: clients.example
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
"""


@pytest.fixture
def client(running: Cluster, namespace: str) -> Client:
    kubeconfig = KubeConfig.from_file(running.kubeconfig)
    return Client(
        config=kubeconfig, namespace=namespace, field_manager="lightkube", trust_env=False
    )


def settings(colour: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name="settings"), data={"colour": colour})


def test_apply_changes_and_conflicts(client: Client, namespace: str) -> None:
    assert client.apply(settings("blue")).metadata.uid
    assert client.apply(settings("green")).data == {"colour": "green"}
    with pytest.raises(ApiError) as caught:
        client.apply(settings("red"), field_manager="other")
    assert caught.value.status.reason == "Conflict"
    assert client.apply(settings("red"), field_manager="other", force=True).data == {
        "colour": "red"
    }
    client.delete(ConfigMap, "settings")


def test_a_watch_and_a_wait(client: Client, namespace: str, web: str) -> None:
    client.wait(Deployment, "web", for_conditions=["Available"])
    events = client.watch(Pod, fields={"metadata.name": web}, server_timeout=30)
    kind, pod = next(events)
    assert (kind, pod.metadata.name) == ("ADDED", web)
    list(client.log(web, tail_lines=1))


def test_custom_resources_by_name(client: Client, kubectl: Callable[..., object]) -> None:
    kubectl("apply", "-f-", stdin=GADGETS)
    kubectl("wait", "--for=condition=Established", "crd/gadgets.clients.example", "--timeout=30s")
    gadget = create_namespaced_resource("clients.example", "v1", "Gadget", "gadgets")
    client.apply(gadget({"metadata": {"name": "one"}, "spec": {"size": 3}}))
    assert [each["spec"]["size"] for each in client.list(gadget)] == [3]
