"""Decisions of a running server: they follow the stored roles at once, and outlive a restart."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from gitops_lab.apiserver.http import auth
from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Forbidden
from tests.apiserver.conftest import Kubectl
from tests.apiserver.raw import send
from tests.apiserver.servers import RunningServer

RBAC = "rbac.authorization.k8s.io/v1"
GROUP = RBAC.partition("/")[0]
GUEST = {"Authorization": "Bearer guest-token"}


def bind(client: Client, namespace: str, role: str, **subject: str) -> dict[str, object]:
    return client.create(
        {
            "apiVersion": RBAC,
            "kind": "RoleBinding",
            "metadata": {"name": "binding", "namespace": namespace},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        }
    )


def test_a_binding_counts_from_the_next_request_on(
    server: RunningServer, client: Client, namespace: str
) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    assert send(server, "GET", path, headers=GUEST).code == 403
    made = bind(
        client, namespace, "system:aggregate-to-view", kind="User", name="guest", apiGroup=GROUP
    )
    assert send(server, "GET", path, headers=GUEST).code == 200
    assert send(server, "POST", path, {"metadata": {"name": "a"}}, GUEST).code == 403
    client.delete(RBAC, "RoleBinding", made["metadata"]["name"], namespace)  # type: ignore[index]
    assert send(server, "GET", path, headers=GUEST).code == 403


def test_kubectl_says_who_i_am_and_what_i_may(kubectl: Kubectl, namespace: str) -> None:
    assert "system:masters" in kubectl("auth", "whoami").stdout
    assert kubectl("auth", "can-i", "delete", "nodes").stdout.strip() == "yes"
    asked = kubectl("auth", "can-i", "get", "pods", "--as=jane", fails=True)
    assert asked.stdout.strip() == "no"
    assert "*.*" in kubectl("auth", "can-i", "--list").stdout
    told = kubectl("get", "pods", "--as=jane", fails=True).stderr
    assert 'pods is forbidden: User "jane" cannot list resource "pods"' in told


def test_a_token_ends_with_its_account(
    server: RunningServer, client: Client, namespace: str
) -> None:
    metadata = {"name": "robot", "namespace": namespace}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    client.create(account)
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/robot/token"
    token = send(server, "POST", path, {"spec": {}}).json["status"]["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert send(server, "GET", "/api", headers=bearer).code == 200
    client.delete("v1", "ServiceAccount", "robot", namespace)
    assert send(server, "GET", "/api", headers=bearer).code == 401
    client.create(account)  # of the same name, but another one
    assert send(server, "GET", "/api", headers=bearer).code == 401


def test_a_token_is_no_good_for_another_audience(
    server: RunningServer, client: Client, namespace: str
) -> None:
    metadata = {"name": "robot", "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/robot/token"
    token = send(server, "POST", path, {"spec": {"audiences": ["vault"]}}).json["status"]["token"]
    assert send(server, "GET", "/api", headers={"Authorization": f"Bearer {token}"}).code == 401


def test_an_expired_token_is_unauthorized(
    server: RunningServer, client: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = {"name": "robot", "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/robot/token"
    token = send(server, "POST", path, {"spec": {"expirationSeconds": 600}}).json["status"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert send(server, "GET", "/api", headers=headers).code == 200
    later = SimpleNamespace(time=lambda: time.time() + 601)
    monkeypatch.setattr(auth, "time", later)
    refused = send(server, "GET", "/api", headers=headers)
    assert (refused.code, refused.json["reason"]) == (401, "Unauthorized")


def test_a_start_completes_the_roles_that_lack_something(tmp_path: Path) -> None:
    server = RunningServer(tmp_path).start()
    client = server.client()
    for name, kept in (("system:discovery", "true"), ("system:basic-user", "false")):
        role = client.get(RBAC, "ClusterRole", name)
        role["metadata"]["annotations"]["rbac.authorization.kubernetes.io/autoupdate"] = kept
        client.update({**role, "rules": role["rules"][:0]})
    client.close()
    server.stop()
    again = RunningServer(tmp_path).start()
    try:
        client = again.client()
        assert client.get(RBAC, "ClusterRole", "system:discovery")["rules"]
        assert not client.get(RBAC, "ClusterRole", "system:basic-user").get("rules")
        client.close()
    finally:
        again.stop()


def test_who_may_not_read_may_not_exec(
    server: RunningServer, client: Client, namespace: str
) -> None:
    guest = server.client("guest-token")
    with pytest.raises(Forbidden, match='cannot get resource "pods/log"'):
        guest.request("GET", f"/api/v1/namespaces/{namespace}/pods/web/log")
    guest.close()
