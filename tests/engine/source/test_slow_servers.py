"""Servers on a bad day: slow, at a trickle, silent or down. It is said, and no other App waits."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.nearby import get
from gitops_lab.engine.source import SourceStore
from gitops_lab.engine.source_spec import Chart, Source
from tests.engine.source.test_charts import Repository, repository
from tests.engine.world import World, config_yaml
from tests.tools import genuine
from tests.waiting import eventually

__all__ = ["repository"]


class Server:
    """Shows a folder as `mode` says: well, slow, trickle, or silent until `go` is set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mode, self.asked = folder, "well", 0
        self.go = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                with contextlib.suppress(OSError):  # who asked has gone
                    outer.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests' output is for failures."""

        server = self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        self.port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def down(self) -> None:
        self.go.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        content = (self.folder / handler.path.strip("/")).read_bytes()
        if self.mode == "silent":
            self.go.wait(60)
        if self.mode == "slow":
            self.go.wait(0.3)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if self.mode == "trickle":
            while content and not self.go.wait(0.05):
                handler.wfile.write(content[:1])
                handler.wfile.flush()
                content = content[1:]
        handler.wfile.write(content)


@pytest.fixture
def server(repository: Repository) -> Iterator[Server]:
    repository.add("1.0.0")
    made = Server(repository.folder)
    yield made
    made.down()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitops_lab.engine.charts._FRESH", 0.0)
    monkeypatch.setattr("gitops_lab.engine.charts._INDEX_SECONDS", 1.0)
    monkeypatch.setattr("gitops_lab.engine.charts._ARCHIVE_SECONDS", 1.0)


@pytest.mark.parametrize("mode", ["silent", "trickle"])
def test_an_answer_that_does_not_end_is_cut_off(server: Server, mode: str) -> None:
    server.mode = mode

    with pytest.raises(TimeoutError, match="no whole answer within 1 s"):
        get(f"{server.url}/index.yaml", 1000, 1.0)


def test_a_slow_answer_is_an_answer(server: Server) -> None:
    server.mode = "slow"

    assert get(f"{server.url}/index.yaml", 1000, 30.0).status == 200


def test_who_waits_for_a_silent_server_keeps_nobody_from_another(
    server: Server, repository: Repository, tmp_path: Path
) -> None:
    server.mode = "silent"
    store = SourceStore(tmp_path / "repos", tmp_path / "cache")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.resolve, Source("", "*", chart=Chart(server.url, "web")))
        eventually(lambda: server.asked)

        other = store.resolve(Source("", "*", chart=Chart(repository.url, "web")))

        assert (other.sha, waiting.done()) == ("1.0.0", False)
        server.go.set()
        assert waiting.result(20).sha == "1.0.0"


def test_all_who_wait_for_one_answer_get_the_same(
    server: Server, tmp_path: Path, impatient: None
) -> None:
    server.mode = "silent"
    store = SourceStore(tmp_path / "repos", tmp_path / "cache")
    source = Source("", "*", chart=Chart(server.url, "web"))

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(store.resolve, source) for _ in range(8)]
        errors = [each.exception(30) for each in asked]

    assert all(isinstance(error, SourceError) for error in errors)
    assert {str(error) for error in errors} == {
        f"can't read {server.url}/index.yaml: no whole answer within 1 s."
    }
    assert server.asked < 8


@pytest.mark.parametrize("mode", ["silent", "trickle", "down"])
def test_an_app_says_so_goes_on_running_and_recovers(
    world: World, server: Server, impatient: None, mode: str
) -> None:
    genuine("helm")
    world.app(source={"chart": {"repository": server.url, "name": "web", "version": "1.x"}})
    world.until_synced("1.0.0")
    server.mode = mode
    if mode == "down":
        server.down()

    world.loop.trigger(f"{world.namespace}/web", "refresh")

    view = world.until_reason("ChartRepositoryUnreachable")
    told = "Connection refused" if mode == "down" else "no whole answer within 1 s"
    assert told in view.status.message
    assert view.status.retry is not None
    assert [entry.key.name for entry in view.status.inventory] == ["a"]
    assert world.has_config_map("a")
    world.repo({"b.yaml": config_yaml("b")}, "other")
    world.app("other", source={"repo": "other"})
    world.until_synced(name="other")

    server.mode = "well"
    server.go.set()
    if mode == "down":
        server.up()

    world.until_synced("1.0.0")
