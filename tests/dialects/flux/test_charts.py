"""Charts from an index over HTTP, from the registry, and from Git."""

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.registry import Registry, RegistryStore
from tests.dialects.flux.world import GROUPS, FluxWorld, ready_of
from tests.tools import genuine

SOURCE = "source.toolkit.fluxcd.io/v1"
GROUPS.update(dict.fromkeys(("HelmRepository", "HelmChart", "OCIRepository"), SOURCE))
OCI = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def packed(folder: Path, name: str, version: str, values: str = "colour: blue\n") -> bytes:
    """A chart's archive, made by helm."""
    chart = folder / f"{name}-{version}-source"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
    (chart / "values.yaml").write_text(values)
    (chart / "values-live.yaml").write_text("colour: green\n")
    run(folder, "package", str(chart), "--destination", str(folder))
    return (folder / f"{name}-{version}.tgz").read_bytes()


def run(folder: Path, *arguments: str) -> str:
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    command = [genuine("helm"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with charts and an index, and where it is served."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    handler = partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Quiet."""


def chart(flux: FluxWorld, kind: str, **spec: Any) -> None:
    reference = {"kind": kind, "name": "web" if kind == "GitRepository" else "shelf"}
    flux.create("HelmChart", "web", **{"interval": "10m", "sourceRef": reference, **spec})


def test_the_highest_version_of_a_range_comes_from_an_index(
    flux: FluxWorld, shelf: tuple[Path, str]
) -> None:
    folder, url = shelf
    for version in ("1.0.0", "1.2.0", "2.0.0"):
        packed(folder, "web", version)
    run(folder, "repo", "index", str(folder))
    flux.create("HelmRepository", "shelf", url=url, interval="10m")
    source = flux.until_ready("HelmRepository", name="shelf")
    assert ready_of(source)[2].startswith("stored artifact: revision 'sha256:")
    chart(flux, "HelmRepository", chart="web", version="1.x")
    obj = flux.until_ready("HelmChart")
    assert ready_of(obj) == (
        "True",
        "ChartPullSucceeded",
        "pulled 'web' chart with version '1.2.0'",
    )
    assert obj["status"]["artifact"]["revision"] == "1.2.0"
    assert (
        flux.storage.content(obj["status"]["artifact"]) == (folder / "web-1.2.0.tgz").read_bytes()
    )
    flux.patch("HelmChart", {"spec": {"version": ">=3"}})
    failed = flux.until_ready("HelmChart", "False")
    assert ready_of(failed)[1] == "InvalidChartReference"
    assert "no 'web' chart with version matching '>=3' found" in ready_of(failed)[2]


def test_only_this_machine_is_reached(flux: FluxWorld) -> None:
    flux.create("HelmRepository", "shelf", url="https://charts.example.test", interval="10m")
    obj = flux.until_ready("HelmRepository", "False", "shelf")
    assert ready_of(obj)[1] == "Failed"
    assert "is not on this machine" in ready_of(obj)[2]


def test_a_secret_that_is_named_has_to_be_there(flux: FluxWorld) -> None:
    spec = {"url": "http://127.0.0.1:9", "interval": "10m", "secretRef": {"name": "none"}}
    flux.create("HelmRepository", "web", **spec)
    status, reason, message = ready_of(flux.until_ready("HelmRepository", "False"))
    assert (status, reason) == ("False", "AuthenticationFailed")
    assert message.startswith(f"failed to get authentication secret '{flux.namespace}/none': ")


def test_a_chart_comes_out_of_the_registry(idle: FluxWorld, tmp_path: Path) -> None:
    store = RegistryStore(tmp_path / "registry")
    idle.registry = Registry(store, lambda: 5000)
    content = packed(tmp_path, "web", "1.0.0+build")
    layer, config = store.put_blob("charts/web", content), store.put_blob("charts/web", b"{}")
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config},
        "layers": [{"mediaType": LAYER, "digest": layer, "size": len(content)}],
    }
    store.put_manifest("charts/web", "1.0.0_build", OCI, json.dumps(manifest).encode())
    idle.start()
    url = "oci://127.0.0.1:5000/charts"
    idle.create("HelmRepository", "shelf", url=url, type="oci", interval="10m")
    chart(idle, "HelmRepository", chart="web", version="1.x", valuesFiles=["values-live.yaml"])
    obj = idle.until_ready("HelmChart")
    assert obj["status"]["artifact"]["revision"] == "1.0.0+1"
    assert "merged values files [values-live.yaml]" in ready_of(obj)[2]
    assert "status" not in idle.get("HelmRepository", "shelf") or not idle.get(
        "HelmRepository", "shelf"
    )["status"].get("conditions")


def test_a_chart_says_so_where_helm_is_missing(
    flux: FluxWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No program but git is found."""
    git = shutil.which("git")
    assert git
    (tmp_path / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GITOPS_LAB_CACHE", str(tmp_path))
    flux.repo({"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n"})
    flux.git()
    flux.until_ready("GitRepository")
    chart(flux, "GitRepository", chart="chart")
    failed = flux.until_ready("HelmChart", "False")
    _, reason, message = ready_of(failed)
    assert reason == "ChartPackageError"
    assert "helm was not found" in message
    assert "Install Helm" in message


def test_a_chart_in_git_is_built_with_its_neighbours(flux: FluxWorld) -> None:
    genuine("helm")
    dependency = "dependencies:\n  - {name: base, version: 0.1.0, repository: 'file://../base'}\n"
    flux.repo(
        {
            "charts/web/Chart.yaml": f"apiVersion: v2\nname: web\nversion: 0.1.0\n{dependency}",
            "charts/web/values.yaml": "colour: blue\n",
            "charts/base/Chart.yaml": "apiVersion: v2\nname: base\nversion: 0.1.0\n",
            "live.yaml": "colour: red\n",
        }
    )
    flux.git()
    chart(flux, "GitRepository", chart="charts/web", reconcileStrategy="Revision")
    obj = flux.until_ready("HelmChart")
    sha = flux.repositories.resolve("web", "main")
    assert obj["status"]["artifact"]["revision"] == f"0.1.0+{sha[:12]}"
    assert ready_of(obj)[1] == "ChartPackageSucceeded"
    files = flux.storage.folder(obj["status"]["artifact"])
    assert (files / "web" / "charts" / "base" / "Chart.yaml").is_file()
    flux.patch("HelmChart", {"spec": {"valuesFiles": ["live.yaml"]}})
    obj = flux.until("HelmChart", lambda one: "merged values" in ready_of(one)[2])
    files = flux.storage.folder(obj["status"]["artifact"])
    assert (files / "web" / "values.yaml").read_text() == "colour: red\n"
    flux.patch("HelmChart", {"spec": {"valuesFiles": ["none.yaml"]}})
    failed = flux.until_ready("HelmChart", "False")
    assert ready_of(failed)[1] == "ValuesFilesError"


def test_a_dependency_elsewhere_is_named(flux: FluxWorld) -> None:
    remote = "dependencies:\n  - {name: base, version: 0.1.0, repository: 'https://x.test'}\n"
    flux.repo({"web/Chart.yaml": f"apiVersion: v2\nname: web\nversion: 0.1.0\n{remote}"})
    flux.git()
    chart(flux, "GitRepository", chart="web")
    obj = flux.until("HelmChart", lambda one: ready_of(one)[1] == "DependencyBuildError")
    assert "commit charts/ with the chart" in ready_of(obj)[2]
