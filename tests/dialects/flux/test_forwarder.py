"""What stands between helm and the API server."""

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from gitops_lab.dialects.flux.helm.forwarder import forwarder
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError, NotFound
from tests.apiserver.servers import RunningServer

PATH = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("forwarded")).start()
    yield server
    server.stop()


@pytest.fixture
def direct(server: RunningServer) -> Iterator[Client]:
    client = server.client()
    yield client
    client.close()


@pytest.fixture
def url(direct: Client) -> Iterator[str]:
    with forwarder(direct, "helm-controller") as url:
        yield url


def ask(url: str, method: str, target: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        sent = {"User-Agent": "Helm/4.3", "Content-Type": "application/json", **headers}
        text = None if body is None else json.dumps(body)
        connection.request(method, parts.path + target, text, sent)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def managers(obj: Object) -> list[str]:
    return [row["manager"] for row in obj["metadata"]["managedFields"]]


def config(name: str, **data: str) -> Object:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_what_helm_writes_bears_the_managers_name(url: str, direct: Client) -> None:
    apply = {"Content-Type": "application/apply-patch+yaml"}
    target = f"{PATH}/applied?force=true&fieldManager=helm"
    assert ask(url, "PATCH", target, config("applied", a="1"), **apply)[0] == 201
    assert ask(url, "POST", PATH, config("created", a="1"))[0] == 201
    for name in ("applied", "created"):
        assert managers(direct.get("v1", "ConfigMap", name, "default")) == ["helm-controller"]


def test_another_manager_is_left_alone(url: str) -> None:
    status, made = ask(url, "POST", f"{PATH}?fieldManager=helmfile", config("other", a="1"))
    assert status == 201
    assert managers(made) == ["helmfile"]


def test_a_refusal_comes_through(url: str) -> None:
    status, told = ask(url, "GET", f"{PATH}/none")
    assert (status, told["reason"]) == (404, "NotFound")


def test_who_has_no_token_is_not_let_in(url: str, direct: Client) -> None:
    stranger = f"{url.rpartition('/')[0]}/guessed"
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", urlsplit(stranger).path + PATH, json.dumps(config("stranger")))
    assert connection.getresponse().status == 401
    connection.close()
    with pytest.raises(NotFound):
        direct.get("v1", "ConfigMap", "stranger", "default")


def test_a_watch_tells_each_change_as_it_comes(url: str, direct: Client) -> None:
    through = Client(url)
    seen = through.watch("v1", "ConfigMap", "default", field_selector="metadata.name=watched")
    told = (event for event in seen if event.type != "BOOKMARK")
    direct.create(config("watched", a="1"))
    assert next(told).object["data"] == {"a": "1"}
    direct.patch(config("watched"), {"data": {"a": "2"}})
    assert next(told).object["data"] == {"a": "2"}
    through.close()


def test_a_watch_ends_with_the_forwarder(direct: Client) -> None:
    ended = threading.Event()
    with forwarder(direct, "helm-controller") as url:
        through = Client(url)
        seen = through.watch("v1", "ConfigMap", "default")
        direct.create(config("last", a="1"))
        next(seen)

        def rest() -> None:
            with contextlib.suppress(ApiError):
                list(seen)
            ended.set()

        threading.Thread(target=rest, daemon=True).start()
    assert ended.wait(30)
