"""Ingresses of our class: one port, and each request goes where a rule says."""

import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from gitops_lab.kube import Object
from gitops_lab.node.ingress.head import BadHead, read_head
from gitops_lab.node.ingress.rules import chosen, routes_of
from tests.node.cluster import Space
from tests.node.test_services import deploy, expose
from tests.waiting import eventually


def path(value: str, service: str, kind: str = "Prefix", port: Object | None = None) -> Object:
    backend = {"service": {"name": service, "port": port or {"number": 80}}}
    return {"path": value, "pathType": kind, "backend": backend}


def ingress(*rules: tuple[str, list[Object]], name: str = "a", **spec: object) -> Object:
    listed = [
        {**({"host": host} if host else {}), "http": {"paths": paths}} for host, paths in rules
    ]
    return {"metadata": {"namespace": "n", "name": name}, "spec": {"rules": listed, **spec}}


def goes(host: str, where: str, *ingresses: Object) -> str:
    routes = [route for each in ingresses for route in routes_of(each)]
    found = chosen(routes, host, where)
    return found.service if found else ""


def test_the_longest_prefix_of_whole_elements_wins() -> None:
    found = ingress(("", [path("/", "web"), path("/api", "api"), path("/api/v2/", "new")]))
    wanted = {"/": "web", "/api": "api", "/api/": "api", "/apis": "web", "/api/v2": "new"}
    assert {each: goes("x", each, found) for each in wanted} == wanted


def test_an_exact_path_is_before_any_prefix() -> None:
    found = ingress(("", [path("/a/b", "prefix"), path("/a", "exact", "Exact")]))
    assert [goes("x", each, found) for each in ("/a", "/a/", "/a/b")] == ["exact", "", "prefix"]


def test_a_named_host_is_before_a_wildcard_and_that_before_none() -> None:
    found = ingress(
        ("", [path("/", "any")]),
        ("*.shop.example", [path("/", "star")]),
        ("api.shop.example", [path("/", "api")]),
    )
    hosts = ("api.shop.example", "web.shop.example", "a.web.shop.example", "shop.example", "")
    assert [goes(each, "/", found) for each in hosts] == ["api", "star", "any", "any", "any"]


def test_what_no_rule_names_goes_to_the_default_backend() -> None:
    default = path("", "rest")["backend"]
    found = ingress(("shop.example", [path("/a", "a")]), defaultBackend=default)
    assert goes("shop.example", "/a", found) == "a"
    assert goes("other.example", "/", found) == "rest"


def test_a_head_is_written_again_for_one_request() -> None:
    data = b"GET /a?b=c HTTP/1.1\r\nHost: Shop.Example:8080\r\nConnection: keep-alive\r\n"
    assert read_head(data) is None
    found = read_head(data + b"X-Forwarded-For: 6.6.6.6\r\n\r\nbody")
    assert found is not None
    head, rest = found
    assert (head.host, head.path, rest) == ("shop.example", "/a", b"body")
    sent = head.forwarded("127.0.0.1").decode()
    assert "x-forwarded-for: 127.0.0.1\r\n" in sent
    assert "6.6.6.6" not in sent
    assert "connection: close\r\n" in sent


@pytest.mark.parametrize("data", [b"\x16\x03\x01\r\n\r\n", b"GET /\r\n\r\n", b"A" * 70_000])
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(BadHead):
        read_head(data)


def ask(url: str, host: str, target: str = "/api/info") -> tuple[int, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", target, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_requests_go_where_the_ingress_says(each_space: Space) -> None:
    space = each_space
    deploy(space)
    expose(space, "ClusterIP", name="http")
    host = f"{space.name}.example"
    rules = ingress((host, [path("/", "web", port={"name": "http"}), path("/none", "none")]))[
        "spec"
    ]
    space.create(
        "networking.k8s.io/v1", "Ingress", "web", spec={"ingressClassName": "gitops-lab", **rules}
    )
    url = eventually(lambda: _announced(space))
    found = eventually(lambda: (answer := ask(url, host))[0] == 200 and answer)
    assert '"version"' in found[1]
    assert ask(url, "other.example") == (
        404,
        "no Ingress of the class gitops-lab has a rule for other.example/api/info\n",
    )
    assert ask(url, host, "/none/a")[0] == 503
    space.client.delete("networking.k8s.io/v1", "Ingress", "web", space.name)
    eventually(lambda: ask(url, host)[0] == 404)


def test_a_client_that_speaks_no_http_is_told(space: Space) -> None:
    rules = ingress(("", [path("/", "web")]))["spec"]
    made = {"ingressClassName": "gitops-lab", "tls": [{"hosts": ["a.example"]}], **rules}
    space.create("networking.k8s.io/v1", "Ingress", "web", spec=made)
    parts = urlsplit(eventually(lambda: _announced(space)))
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as client:
        client.sendall(b"\x16\x03\x01\x00\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    eventually(lambda: any("plain HTTP" in message for _, message in space.events("web")))


def test_an_ingress_of_another_class_is_left_to_its_controller(space: Space) -> None:
    rules = ingress(("", [path("/", "web")]))["spec"]
    for name, named in (("none", {}), ("other", {"ingressClassName": "nginx"})):
        space.create("networking.k8s.io/v1", "Ingress", name, spec={**named, **rules})
    space.create(
        "networking.k8s.io/v1", "Ingress", "ours", spec={"ingressClassName": "gitops-lab", **rules}
    )
    eventually(lambda: _announced(space, "ours"))
    for name in ("none", "other"):
        assert space.get(name, "Ingress", "networking.k8s.io/v1")["status"] == {"loadBalancer": {}}


def _announced(space: Space, name: str = "web") -> str:
    found = space.get(name, "Ingress", "networking.k8s.io/v1")
    if not (found.get("status") or {}).get("loadBalancer", {}).get("ingress"):
        return ""
    return str(found["metadata"]["annotations"]["gitops-lab.dev/url"])
