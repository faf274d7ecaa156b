"""Who gets in: tokens, Host headers, sizes, formats."""

import pytest

from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer a.b.c"])
def test_no_valid_token_is_unauthorized(server: RunningServer, header: str) -> None:
    reply = send(server, "GET", CONFIG_MAPS, headers={"Authorization": header})
    assert reply.code == 401
    assert reply.json["reason"] == "Unauthorized"
    assert reply.json["kind"] == "Status"


@pytest.mark.parametrize("header", ["", "Basic dGVzdC10b2tlbg=="])
def test_nobody_has_no_rights(server: RunningServer, header: str) -> None:
    reply = send(server, "GET", CONFIG_MAPS, headers={"Authorization": header})
    assert reply.code == 403
    assert 'User "system:anonymous" cannot list' in reply.json["message"]


def test_a_user_without_rights_is_forbidden(server: RunningServer) -> None:
    reply = send(server, "GET", CONFIG_MAPS, headers={"Authorization": "Bearer guest-token"})
    assert reply.code == 403
    assert reply.json["message"] == (
        'configmaps is forbidden: User "guest" cannot list resource "configmaps" in API group "" '
        'in the namespace "default"'
    )


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/livez", "/version", "/version/"])
def test_probes_and_version_need_no_token(server: RunningServer, path: str) -> None:
    assert send(server, "GET", path, headers={"Authorization": ""}).code == 200


def test_version_says_embedded(server: RunningServer) -> None:
    version = send(server, "GET", "/version").json
    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"] == "v1.37.0+embedded"


def test_a_foreign_host_header_is_refused(server: RunningServer) -> None:
    assert send(server, "GET", "/version", headers={"Host": "evil.example:80"}).code == 421


def test_a_body_over_the_cap_is_refused_with_its_limit(server: RunningServer) -> None:
    reply = send(server, "POST", CONFIG_MAPS, body=b" " * (4 * 1024 * 1024))
    assert reply.code == 413
    assert "3145728" in reply.json["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff\xfe", b'{"metadata": 3}'])
def test_a_body_that_is_no_object_is_a_bad_request(server: RunningServer, body: bytes) -> None:
    reply = send(server, "POST", CONFIG_MAPS, body=body)
    assert reply.code == 400
    assert reply.json["reason"] == "BadRequest"


def test_an_unknown_body_format_is_415(server: RunningServer) -> None:
    reply = send(server, "POST", CONFIG_MAPS, b"x", {"Content-Type": "application/cbor"})
    assert reply.code == 415
    assert reply.json["reason"] == "UnsupportedMediaType"


def test_yaml_bodies_are_read(server: RunningServer, namespace: str) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {a: b}\n"
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    reply = send(server, "POST", path, body, {"Content-Type": "application/yaml"})
    assert reply.code == 201
    assert reply.json["data"] == {"a": "b"}


def test_an_unacceptable_accept_is_406(server: RunningServer) -> None:
    reply = send(server, "GET", CONFIG_MAPS, headers={"Accept": "text/html"})
    assert reply.code == 406


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/apis/apps/v1/things", "/api/v1/pods/a/b/c"])
def test_a_path_that_is_not_served_is_404_with_a_status(server: RunningServer, path: str) -> None:
    reply = send(server, "GET", path)
    assert reply.code == 404
    assert reply.json["message"] == "the server could not find the requested resource"


@pytest.mark.parametrize("path", ["/apis/none.example/v1/things", "/nope"])
def test_a_path_outside_of_all_groups_is_404_in_plain_text(
    server: RunningServer, path: str
) -> None:
    reply = send(server, "GET", path)
    assert (reply.code, reply.body) == (404, b"404 page not found\n")


def test_a_verb_that_a_resource_lacks_is_405(server: RunningServer) -> None:
    reply = send(server, "PUT", CONFIG_MAPS, body=config_map("a"))
    assert reply.code == 405
    assert reply.json["reason"] == "MethodNotAllowed"


def test_big_answers_are_compressed_when_the_client_can(
    server: RunningServer, namespace: str
) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    send(server, "POST", path, config_map("big", text="x" * 300_000))
    reply = send(server, "GET", path, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert len(reply.body) < 30_000
    assert "content-encoding" not in send(server, "GET", path).headers


def test_an_administrator_may_act_as_someone_else(server: RunningServer) -> None:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    headers = {"Impersonate-User": "jane", "Impersonate-Group": "devs"}
    who = send(server, "POST", path, {}, headers).json["status"]["userInfo"]
    assert (who["username"], who["groups"]) == ("jane", ["devs", "system:authenticated"])
    assert send(server, "GET", CONFIG_MAPS, headers=headers).code == 403
    guest = {"Authorization": "Bearer guest-token", "Impersonate-User": "admin"}
    assert send(server, "GET", CONFIG_MAPS, headers=guest).code == 403


def test_a_warning_about_odd_names_is_still_a_header(server: RunningServer, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    body = config_map("odd") | {"a\x7f\nb\u20ac": 1}
    reply = send(server, "POST", path, body)
    assert reply.code == 201
    assert reply.headers["warning"] == '299 - "unknown field \\"a  b?\\""'


@pytest.mark.parametrize("name", ["apiVersion", "kind"])
def test_a_kind_that_is_no_text_is_a_bad_request(server: RunningServer, name: str) -> None:
    reply = send(server, "POST", CONFIG_MAPS, {**config_map("a"), name: ["v1"]})
    assert reply.code == 400
    assert f"cannot unmarshal array into Go struct field .{name} of type" in reply.json["message"]
