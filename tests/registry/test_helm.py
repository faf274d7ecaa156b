"""The genuine helm against the registry."""

import subprocess
from pathlib import Path

from tests.registry.conftest import TOKEN, Door
from tests.tools import genuine

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0+build.1\n"


def test_helm_pushes_and_pulls(door: Door, tmp_path: Path) -> None:
    helm = genuine("helm")

    def run(*arguments: str) -> str:
        environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [helm, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    (tmp_path / "web" / "templates").mkdir(parents=True)
    (tmp_path / "web" / "Chart.yaml").write_text(CHART)
    run("package", "web")
    place = f"oci://{door.server.address}/charts"
    run("registry", "login", door.server.address, "-u", "learner", "-p", TOKEN, "--plain-http")
    assert "Pushed" in run("push", "web-1.0.0+build.1.tgz", place, "--plain-http")
    assert door.json("/v2/charts/web/tags/list")["tags"] == ["1.0.0_build.1"]
    (tmp_path / "pulled").mkdir()
    run("pull", f"{place}/web", "--version", "1.0.0+build.1", "--plain-http", "-d", "pulled")
    packed = (tmp_path / "web-1.0.0+build.1.tgz").read_bytes()
    assert (tmp_path / "pulled" / "web-1.0.0+build.1.tgz").read_bytes() == packed
    assert "name: web" in run("show", "chart", f"{place}/web", "--plain-http")
