"""Events are the same objects in both of their groups."""

from gitops_lab.kube.client import Client
from tests.apiserver.raw import send
from tests.apiserver.servers import RunningServer


def test_an_event_of_one_group_is_seen_in_the_other(
    server: RunningServer, client: Client, namespace: str
) -> None:
    involved = {"kind": "Pod", "name": "web", "namespace": namespace}
    metadata = {"name": "web.1", "namespace": namespace}
    client.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": metadata,
            "involvedObject": involved,
            "reason": "Tested",
            "message": "seen",
        }
    )
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    (found,) = send(server, "GET", f"{path}?fieldSelector=regarding.name%3Dweb").json["items"]
    assert (found["note"], found["regarding"]["name"]) == ("seen", "web")
    send(server, "DELETE", f"{path}/web.1")
    assert not client.list("v1", "Event", namespace).items
