"""Charts of a Helm repository, served over HTTP as `python3 -m http.server` does."""

import hashlib
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import AppError, SourceError
from gitops_lab.engine.source import SourceStore
from gitops_lab.engine.source_form import source_object
from gitops_lab.engine.source_spec import Chart, Source
from gitops_lab.kube.yamls import dump
from tests.engine.objects import make_app
from tests.engine.world import World
from tests.tools import genuine
from tests.waiting import eventually

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {v: "{{ .Chart.Version }}", tier: "{{ .Values.tier }}"}
"""


class Repository:
    """A folder with charts and their index, and the server that shows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, object]] = []
        handler = partial(Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, version: str, *, template: str = TEMPLATE, top: str = "web") -> None:
        files = {
            f"{top}/Chart.yaml": f"apiVersion: v2\nname: web\nversion: {version}\n",
            f"{top}/values.yaml": "tier: silver\n",
            f"{top}/templates/a.yaml": template,
        }
        content = archive(files)
        (self.folder / f"web-{version}.tgz").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        urls = [f"web-{version}.tgz"]
        self.rows.append({"name": "web", "version": version, "urls": urls, "digest": digest})
        self.write(dump({"apiVersion": "v1", "entries": {"web": self.rows}}))

    def write(self, index: str) -> None:
        (self.folder / "index.yaml").write_text(index)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' output is for failures."""


def archive(files: dict[str, str]) -> bytes:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, BytesIO(text.encode()))
    return made.getvalue()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    folder = tmp_path / "charts"
    folder.mkdir()
    made = Repository(folder)
    yield made
    made.stop()


@pytest.fixture
def store(tmp_path: Path) -> SourceStore:
    return SourceStore(tmp_path / "repos", tmp_path / "cache")


def source(repository: Repository, version: str = "*", name: str = "web") -> Source:
    return Source("", revision=version, chart=Chart(repository.url, name))


def test_the_highest_version_in_the_range_is_unpacked(
    repository: Repository, store: SourceStore
) -> None:
    for version in ("1.0.0", "1.2.0", "2.0.0-rc.1", "2.0.0"):
        repository.add(version)

    one = source(repository, "1.x")
    commit = store.resolve(one)
    artifact = store.fetch(one, commit)

    assert (commit.sha, commit.subject) == ("1.2.0", "web 1.2.0")
    assert "version: 1.2.0" in (artifact.path / "Chart.yaml").read_text()
    assert store.resolve(source(repository)).sha == "2.0.0"
    assert store.resolve(source(repository, "v2.0.0-rc.1")).sha == "2.0.0-rc.1"


@pytest.mark.parametrize(
    ("version", "name", "reason", "told"),
    [
        ("3.x", "web", "ChartVersionNotFound", "It has: 1.0.0."),
        ("*", "shop", "ChartNotFound", "It has: web."),
    ],
)
def test_what_the_index_has_not_is_told_with_what_it_has(
    repository: Repository, store: SourceStore, version: str, name: str, reason: str, told: str
) -> None:
    repository.add("1.0.0")

    with pytest.raises(SourceError) as caught:
        store.resolve(source(repository, version, name))

    assert (caught.value.reason, caught.value.hint) == (reason, told)


def test_an_index_that_is_none_is_told(repository: Repository, store: SourceStore) -> None:
    repository.write("- a list")

    with pytest.raises(SourceError, match=r"its index.yaml has no `entries`"):
        store.resolve(source(repository))


def test_a_server_that_is_down_or_has_no_index_is_tried_again(
    repository: Repository, store: SourceStore
) -> None:
    with pytest.raises(SourceError, match="404") as caught:
        store.resolve(source(repository))

    assert (caught.value.reason, caught.value.retry) == ("ChartRepositoryUnreachable", True)


def test_an_archive_that_is_not_the_one_of_the_index_is_refused(
    repository: Repository, store: SourceStore
) -> None:
    repository.add("1.0.0")
    (repository.folder / "web-1.0.0.tgz").write_bytes(archive({"web/Chart.yaml": "name: evil"}))

    with pytest.raises(SourceError, match="is not what its digest in the index says"):
        store.fetch(source(repository), store.resolve(source(repository)))


@pytest.mark.parametrize("top", ["other", "../web"])
def test_an_archive_without_the_chart_or_that_leads_out_is_refused(
    repository: Repository, store: SourceStore, tmp_path: Path, top: str
) -> None:
    repository.add("1.0.0", top=top)

    with pytest.raises(SourceError) as caught:
        store.fetch(source(repository), store.resolve(source(repository)))

    assert caught.value.reason == "ChartInvalid"
    assert list((tmp_path / "cache" / "trees").iterdir()) == []


def test_a_chart_is_read_and_written_again_as_it_was() -> None:
    chart = {"repository": "http://127.0.0.1:1/charts", "name": "web", "version": "1.x"}
    app = make_app(source={"chart": chart, "helm": {"releaseName": "shop"}})

    written = source_object(app.source)

    assert written == {"chart": chart, "helm": {"releaseName": "shop"}}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"repository": "https://charts.example.com", "name": "web"}, "chart.repository"),
        ({"repository": "http://10.0.0.1/charts", "name": "web"}, "chart.repository"),
        ({"repository": "http://127.0.0.1:1", "name": "../web"}, "chart.name"),
        ({"repository": "http://127.0.0.1:1"}, "chart.name"),
    ],
)
def test_a_chart_that_makes_no_sense_names_its_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(AppError) as caught:
        App.from_object(
            {"metadata": {"namespace": "a", "name": "b"}, "spec": {"source": {"chart": given}}}
        )

    assert caught.value.place.field == f"spec.source.{field}"


def test_an_app_follows_the_versions_of_a_chart_with_values_from_git(
    world: World, repository: Repository
) -> None:
    genuine("helm")
    repository.add("1.0.0")
    world.repo({"prod/web.yaml": "tier: gold\n"}, name="config")
    chart = {"repository": repository.url, "name": "web", "version": "1.x"}
    world.app(
        source={"chart": chart, "helm": {"valueFiles": ["$config/prod/web.yaml"]}},
        additionalSources=[{"repo": "config", "ref": "config"}],
    )
    world.until_synced("1.0.0")
    assert world.config_map("a")["data"] == {"v": "1.0.0", "tier": "gold"}

    repository.add("1.1.0")
    repository.add("2.0.0")

    def updated() -> bool:
        world.loop.trigger(f"{world.namespace}/web", "refresh")
        return world.view().status.revision == "1.1.0"

    assert eventually(updated, interval=0.3)
    world.until_synced("1.1.0")
    assert world.config_map("a")["data"]["v"] == "1.1.0"
