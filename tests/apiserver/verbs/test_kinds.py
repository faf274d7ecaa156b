"""Rules of single kinds: Services' addresses, pods' bindings, scales, reviews, tokens."""

import base64
from typing import Any

import pytest

from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Conflict, Invalid
from tests.apiserver.raw import send
from tests.apiserver.servers import RunningServer
from tests.apiserver.verbs.test_deletes import make_pod
from tests.apiserver.verbs.test_writes import deployment


def service(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    spec.setdefault("ports", [{"port": 80}])
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def test_a_service_gets_an_address(client: Client, namespace: str) -> None:
    spec = client.create(service("web", namespace))["spec"]
    assert spec["clusterIP"].startswith("127.96.")
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["type"], spec["ipFamilies"]) == ("ClusterIP", ["IPv4"])


def test_a_headless_service_has_none(client: Client, namespace: str) -> None:
    spec = client.create(service("web", namespace, clusterIP="None"))["spec"]
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_node_ports_come_and_go_with_the_type(client: Client, namespace: str) -> None:
    made = client.create(service("web", namespace, type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    plain = client.patch(made, {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in plain["spec"]["ports"][0]
    again = service("other", namespace, type="NodePort", ports=[{"port": 80, "nodePort": port}])
    assert client.create(again)["spec"]["ports"][0]["nodePort"] == port


def test_a_node_port_belongs_to_one_service(client: Client, namespace: str) -> None:
    made = client.create(service("web", namespace, type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    taken = service("two", namespace, type="NodePort", ports=[{"port": 80, "nodePort": port}])
    with pytest.raises(Invalid) as caught:
        client.create(taken)
    assert caught.value.message == (
        f'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: {port}: '
        "provided port is already allocated"
    )
    client.delete("v1", "Service", "web", namespace)
    assert client.create(taken)["spec"]["ports"][0]["nodePort"] == port


def test_a_dry_run_takes_no_port(client: Client, namespace: str) -> None:
    wanted = service("web", namespace, type="NodePort")
    port = client.create(wanted, dry_run=True)["spec"]["ports"][0]["nodePort"]
    wanted["spec"]["ports"] = [{"port": 80, "nodePort": port}]
    assert client.create(wanted)["spec"]["ports"][0]["nodePort"] == port


def test_the_api_is_a_service_itself(client: Client, server: RunningServer) -> None:
    found = client.get("v1", "Service", "kubernetes", "default")
    assert found["spec"]["clusterIP"] == "127.96.0.1"
    (subset,) = client.get("v1", "Endpoints", "kubernetes", "default")["subsets"]
    assert server.url.endswith(f":{subset['ports'][0]['port']}")


def test_a_pod_is_bound_once(server: RunningServer, client: Client, namespace: str) -> None:
    make_pod(client, namespace, "web")
    path = f"/api/v1/namespaces/{namespace}/pods/web/binding"
    binding = {"metadata": {"name": "web"}, "target": {"kind": "Node", "name": "one"}}
    assert send(server, "POST", path, binding).code == 201
    pod = client.get("v1", "Pod", "web", namespace)
    assert pod["spec"]["nodeName"] == "one"
    assert pod["status"]["conditions"][0]["type"] == "PodScheduled"
    again = send(server, "POST", path, binding)
    assert again.code == 409
    assert again.json["message"].endswith('pod web is already assigned to node "one"')


def test_a_pods_spec_is_frozen_but_for_its_images(client: Client, namespace: str) -> None:
    made = make_pod(client, namespace, "web")
    operations = [{"op": "replace", "path": "/spec/containers/0/image", "value": "x:2"}]
    kind = "application/json-patch+json"
    changed = client.patch(made, operations, content_type=kind)
    assert changed["spec"]["containers"][0]["image"] == "x:2"
    with pytest.raises(Invalid, match="pod updates may not change fields other than"):
        client.patch(made, {"spec": {"hostname": "other"}})


def test_a_new_pod_is_pending_and_has_a_service_account(client: Client, namespace: str) -> None:
    pod = make_pod(client, namespace, "web")
    assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert pod["spec"]["serviceAccountName"] == "default"


def test_an_eviction_deletes(server: RunningServer, client: Client, namespace: str) -> None:
    make_pod(client, namespace, "web")
    path = f"/api/v1/namespaces/{namespace}/pods/web/eviction"
    assert send(server, "POST", path, {"metadata": {"name": "web"}}).code == 201
    assert not client.list("v1", "Pod", namespace).items


def test_a_scale_is_read_and_written(server: RunningServer, client: Client, namespace: str) -> None:
    client.create(deployment("web", namespace, replicas=2))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web/scale"
    scale = send(server, "GET", path).json
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["status"] == {"replicas": 0, "selector": "app=web"}
    scale["spec"]["replicas"] = 5
    assert send(server, "PUT", path, scale).json["spec"]["replicas"] == 5
    assert client.get("apps/v1", "Deployment", "web", namespace)["spec"]["replicas"] == 5
    assert send(server, "PUT", path, scale).code == 409


def test_a_scale_is_noted_where_somebody_owned_the_replicas_before(
    client: Client, namespace: str
) -> None:
    for name, replicas in (("owned", {"replicas": 2}), ("free", {})):
        wanted = deployment(name, namespace)
        wanted["spec"] = {k: v for k, v in wanted["spec"].items() if k != "replicas"} | replicas
        made = client.apply(wanted, field_manager="git")
        client.patch(made, {"spec": {"replicas": 3}}, subresource="scale", field_manager="scaler")
    owned = client.get("apps/v1", "Deployment", "owned", namespace)
    assert [m["manager"] for m in owned["metadata"]["managedFields"]] == ["git", "scaler"]
    free = client.get("apps/v1", "Deployment", "free", namespace)
    assert free["spec"]["replicas"] == 3
    assert [m["manager"] for m in free["metadata"]["managedFields"]] == ["git"]


def test_a_stale_replacement_of_a_scale_is_a_conflict(client: Client, namespace: str) -> None:
    made = client.create(deployment("web", namespace))
    stale = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}}
    with pytest.raises(Conflict):
        client.patch(made, stale, subresource="scale")


def test_reviews_answer_who_and_whether(server: RunningServer) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    asked = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}
    admin = send(server, "POST", path, asked)
    assert (admin.code, admin.json["status"]["allowed"]) == (201, True)
    guest = send(server, "POST", path, asked, {"Authorization": "Bearer guest-token"})
    assert guest.json["status"]["allowed"] is False
    who = send(server, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert who.json["status"]["userInfo"]["username"] == "admin"


def test_a_service_account_gets_a_token_that_names_it(
    server: RunningServer, client: Client, namespace: str
) -> None:
    metadata = {"name": "robot", "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/robot/token"
    token = send(server, "POST", path, {"spec": {}}).json["status"]["token"]
    who = send(
        server,
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {},
        {"Authorization": f"Bearer {token}"},
    )
    name = f"system:serviceaccount:{namespace}:robot"
    assert who.json["status"]["userInfo"]["username"] == name
    head, claims, signature = token.split(".")
    forged = base64.urlsafe_b64encode(base64.urlsafe_b64decode(claims + "==") + b" ")
    bad = f"{head}.{forged.decode().rstrip('=')}.{signature}"
    assert send(server, "GET", "/api", headers={"Authorization": f"Bearer {bad}"}).code == 401
