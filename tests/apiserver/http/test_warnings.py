"""Warnings come as headers, and not as more of them than a client reads."""

from gitops_lab.apiserver.http.warnings import EACH, TOTAL, warning_headers
from tests.apiserver.raw import send
from tests.apiserver.servers import RunningServer


def test_each_text_comes_once_and_whole() -> None:
    found = warning_headers(["a", "b", "a", "", "x" * 1000])
    assert found[:2] == [(b"warning", b'299 - "a"'), (b"warning", b'299 - "b"')]
    assert len(found) == 3
    assert b"x" * 1000 in found[2][1]


def test_too_many_are_cut_and_left_out() -> None:
    found = warning_headers(f"{number:04} " + "x" * 1000 for number in range(100))
    assert len(found) == TOTAL // EACH
    assert all(len(value) == EACH + len('299 - ""') for _, value in found)


def test_a_body_of_many_unknown_fields_is_answered(server: RunningServer, namespace: str) -> None:
    body = {"metadata": {"name": "a"}, **{f"unknown{number}": 1 for number in range(500)}}
    reply = send(server, "POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
    assert reply.code == 201


def test_a_definition_without_a_name_is_refused(server: RunningServer) -> None:
    names = {"kind": "", "plural": ""}
    spec = {"group": "", "names": names, "scope": "", "versions": []}
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert send(server, "POST", path, {"spec": spec}).code == 422


def test_a_binding_names_its_pod_at_the_old_place(server: RunningServer, namespace: str) -> None:
    place = f"/api/v1/namespaces/{namespace}"
    spec = {"containers": [{"name": "a", "image": "i"}]}
    assert (
        send(server, "POST", f"{place}/pods", {"metadata": {"name": "a"}, "spec": spec}).code == 201
    )
    binding = {"metadata": {"name": "a"}, "target": {"name": "somewhere"}}
    assert send(server, "POST", f"{place}/bindings", binding).code == 201
    assert send(server, "GET", f"{place}/pods/a").json["spec"]["nodeName"] == "somewhere"
