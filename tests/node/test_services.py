"""Services on loopback ports: found, balanced, and kept answering while pods change."""

import json
import socket
import threading
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

from gitops_lab.kube import Object
from gitops_lab.node.proxy.backends import Backend, backends, rotated
from tests.node.cluster import Space, shell, web
from tests.waiting import eventually

LABELS = {"app": "web"}


def deploy(space: Space, version: str = "1.0", replicas: int = 1) -> Object:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [web(version)]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
    return space.create("apps/v1", "Deployment", "web", spec=spec)


def expose(space: Space, kind: str = "NodePort", **port: object) -> Object:
    ports = [{"port": 80, "targetPort": 8080, **port}]
    return space.create(
        "v1", "Service", "web", spec={"type": kind, "selector": LABELS, "ports": ports}
    )


def url_of(space: Space) -> str:
    def annotated() -> str:
        annotations = space.get("web", "Service")["metadata"].get("annotations") or {}
        return str(annotations.get("gitops-lab.dev/url", ""))

    return eventually(annotated)


def ask(url: str) -> Object:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", "/api/info")
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def until_answering(url: str, **wanted: str) -> None:
    def answers() -> bool:
        try:
            return wanted.items() <= ask(url).items()
        except (OSError, HTTPException):
            return False

    eventually(answers, interval=0.01)


def test_a_node_port_is_announced_and_answers(each_space: Space) -> None:
    deploy(each_space)
    service = expose(each_space)
    url = url_of(each_space)
    assert url == f"http://127.0.0.1:{service['spec']['ports'][0]['nodePort']}"
    until_answering(url, version="1.0")


def test_requests_are_spread_over_the_ready_pods(each_space: Space) -> None:
    deploy(each_space, replicas=3)
    expose(each_space)
    url = url_of(each_space)
    eventually(
        lambda: each_space.get("web", "Deployment", "apps/v1")["status"].get("readyReplicas") == 3
    )
    until_answering(url)
    assert (
        len(eventually(lambda: len(pods := {ask(url)["pod"] for _ in range(6)}) == 3 and pods)) == 3
    )


def test_a_rolling_update_drops_no_request(each_space: Space) -> None:
    deploy(each_space, replicas=2)
    expose(each_space)
    url = url_of(each_space)
    until_answering(url)
    versions: list[str] = []
    problems: list[str] = []
    done = threading.Event()

    def load() -> None:
        while not done.is_set():
            try:
                versions.append(str(ask(url)["version"]))
            except (OSError, HTTPException, ValueError) as error:
                problems.append(repr(error))

    clients = [threading.Thread(target=load) for _ in range(4)]
    for client in clients:
        client.start()
    each_space.kubectl("set", "image", "deployment/web", "web=gitops-lab/web:1.1")
    each_space.kubectl("rollout", "status", "deployment/web", "--timeout=20s")
    old = eventually(lambda: len(each_space.client.list("v1", "Pod", each_space.name).items) == 2)
    done.set()
    for client in clients:
        client.join(timeout=10)
    assert old
    assert problems == []
    assert versions[-1] == "1.1"


def test_a_release_that_never_gets_ready_takes_no_requests(space: Space) -> None:
    deploy(space)
    expose(space)
    url = url_of(space)
    until_answering(url)
    space.kubectl("set", "image", "deployment/web", "web=gitops-lab/web:1.2")
    eventually(lambda: len(space.client.list("v1", "Pod", space.name).items) == 2)
    assert {ask(url)["version"] for _ in range(10)} == {"1.0"}


def test_a_taken_node_port_moves_and_says_so(space: Space) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        while not 30000 <= taken <= 32767:
            with socket.socket() as probe:
                taken = 30000 + (taken * 7 + 13) % 2768
                if probe.connect_ex(("127.0.0.1", taken)) == 0:
                    continue
            other.close()
            with socket.create_server(("127.0.0.1", taken)):
                check_moved(space, taken)
            return
        check_moved(space, taken)


def check_moved(space: Space, taken: int) -> None:
    deploy(space)
    expose(space, nodePort=taken)
    url = url_of(space)
    assert urlsplit(url).port != taken
    until_answering(url)
    message = (
        f"node port {taken} of 127.0.0.1 is taken by another program: listening on {url} instead"
    )
    eventually(lambda: ("PortMoved", message) in space.events("web"))


def test_a_service_without_ready_pods_resets_connections(space: Space) -> None:
    expose(space)
    url = url_of(space)
    with pytest.raises((ConnectionResetError, HTTPException)):
        ask(url)


def test_a_deleted_service_listens_no_more(space: Space) -> None:
    expose(space)
    url = url_of(space)
    space.client.delete("v1", "Service", "web", space.name)

    def refused() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) != 0

    eventually(refused)


def test_pods_find_services_by_variables(each_space: Space) -> None:
    deploy(each_space)
    expose(each_space, kind="ClusterIP", name="http")
    eventually(
        lambda: each_space.get("web", "Deployment", "apps/v1")["status"].get("readyReplicas")
    )
    script = "env | sort; sleep 600"
    each_space.pod("peer", containers=[shell(script)], terminationGracePeriodSeconds=0)
    each_space.until_ready("peer")
    lines = eventually(lambda: each_space.kubectl("logs", "peer").stdout).splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    assert found["WEB_SERVICE_PORT"] == found["WEB_SERVICE_PORT_HTTP"]
    until_answering(f"http://{found['WEB_SERVICE_HOST']}:{found['WEB_SERVICE_PORT']}")


def part(*endpoints: Object, port: int = 8080, name: str = "") -> Object:
    return {"ports": [{"name": name, "port": port}], "endpoints": list(endpoints)}


def endpoint(address: str, **conditions: bool) -> Object:
    target = {"kind": "Pod", "uid": f"uid-{address}"}
    return {"addresses": [address], "conditions": conditions, "targetRef": target}


def test_only_ready_endpoints_take_connections() -> None:
    slices = [part(endpoint("127.100.0.1", ready=True), endpoint("127.100.0.2", ready=False))]
    assert backends(slices, "") == [Backend("uid-127.100.0.1", "127.100.0.1", 8080)]
    assert backends(slices, "other") == []


def test_ending_endpoints_that_serve_are_the_last_resort() -> None:
    ending = endpoint("127.100.0.2", ready=False, serving=True, terminating=True)
    assert [one.address for one in backends([part(ending)], "")] == ["127.100.0.2"]
    both = [part(ending, endpoint("127.100.0.1", ready=True))]
    assert [one.address for one in backends(both, "")] == ["127.100.0.1"]


def test_turns_go_round() -> None:
    three = [Backend("", address, 1) for address in "abc"]
    assert ["".join(b.address for b in rotated(three, turn)) for turn in range(4)] == [
        "abc",
        "bca",
        "cab",
        "abc",
    ]
    assert rotated([], 3) == []
