"""The web sample as a process: what it shows, and that it ends without dropping a request."""

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path

import pytest

from gitops_lab.samples import catalog
from tests.waiting import eventually


class Web:
    """One running sample and a client of it."""

    def __init__(self, reference: str, **environment: str) -> None:
        image = catalog()[reference]
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        injected = {"POD_IP": "127.0.0.1", "PORT_8080": str(self.port), "HOSTNAME": "web-0"}
        self.process = subprocess.Popen(
            image.command,
            env={**image.environment, **injected, **environment},
            stdout=subprocess.PIPE,
        )
        eventually(self._listens, interval=0.002)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def info(self) -> dict[str, object]:
        return dict(json.loads(self.get("/api/info")[1]))

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=10)[0].decode()


@pytest.fixture
def started() -> Iterator[list[Web]]:
    webs: list[Web] = []
    yield webs
    for web in webs:
        web.process.kill()
        web.process.communicate(timeout=5)


def start(started: list[Web], reference: str = "gitops-lab/web:1.0", **environment: str) -> Web:
    started.append(Web(reference, **environment))
    return started[-1]


@pytest.mark.parametrize(
    ("reference", "colour"),
    [("gitops-lab/web:1.0", "blue"), ("gitops-lab/web:1.1", "green")],
)
def test_each_release_shows_its_version_and_colour(
    started: list[Web], reference: str, colour: str
) -> None:
    web = start(started, reference)
    assert web.info() == {
        "version": reference.partition(":")[2],
        "colour": colour,
        "message": "Hello from GitOps Lab",
        "pod": "web-0",
        "config": {},
    }
    status, page = web.get("/")
    assert status == 200
    assert f'<h1 id="version">{reference.partition(":")[2]}</h1>' in page


def test_config_files_are_read_at_each_request(started: list[Web], tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "web"
    folder.mkdir(parents=True)
    (folder / "message").write_text("first\n")
    web = start(started, GITOPS_LAB_MOUNT_ROOT=str(tmp_path))
    assert web.info()["message"] == "first"
    (folder / "message").write_text('a "second" <b>one</b> ✓\n')
    assert web.info()["message"] == 'a "second" <b>one</b> ✓'
    assert web.info()["config"] == {"message": 'a "second" <b>one</b> ✓\n'}
    assert "&lt;b>one" in web.get("/")[1]


def test_variables_of_the_pod_win_over_the_image(started: list[Web]) -> None:
    info = start(started, MESSAGE="from env", COLOUR="teal").info()
    assert (info["message"], info["colour"]) == ("from env", "teal")


def test_the_bad_release_lives_and_never_gets_ready(started: list[Web]) -> None:
    web = start(started, "gitops-lab/web:1.2")
    assert web.get("/healthz")[0] == 200
    assert web.get("/readyz")[0] == 503


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/nothing", "GET", 404), ("/", "POST", 405), ("/", "HEAD", 200)]
)
def test_other_requests_get_the_right_code(
    started: list[Web], path: str, method: str, status: int
) -> None:
    assert start(started).get(path, method)[0] == status


def test_probes_and_the_pages_own_refresh_are_not_logged(started: list[Web]) -> None:
    web = start(started, DRAIN_SECONDS="0")
    for path in ("/healthz", "/readyz", "/api/info?live", "/"):
        web.get(path)
    lines = web.end().splitlines()
    assert [line for line in lines if line.startswith("GET")] == ["GET / 200"]


def test_no_request_is_dropped_while_it_drains(started: list[Web]) -> None:
    """Only the closing listener resets a connection that nobody took yet: nothing answers after."""
    web = start(started, DRAIN_SECONDS="0.3")
    answers: list[int] = []
    after_reset: list[bool] = []

    def ask_until_refused() -> None:
        while True:
            try:
                answers.append(web.get("/")[0])
            except ConnectionRefusedError:
                return
            except RemoteDisconnected:
                answers.append(0)  # taken, and never answered
            except ConnectionResetError:
                after_reset.append(_refused(web))
                return

    clients = [threading.Thread(target=ask_until_refused) for _ in range(3)]
    for client in clients:
        client.start()
    eventually(lambda: len(answers) > 20)
    web.process.send_signal(signal.SIGTERM)
    eventually(lambda: web.get("/readyz")[0] == 503)
    assert web.process.wait(timeout=5) == 0
    for client in clients:
        client.join(timeout=5)
        assert not client.is_alive()
    assert set(answers) == {200}
    assert all(after_reset)


def _refused(web: Web) -> bool:
    try:
        web.get("/")
    except ConnectionRefusedError:
        return True
    return False
