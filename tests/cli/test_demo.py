"""A demo plays a whole lab, says how each step is done by hand, and leaves nothing behind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine
from tests.waiting import eventually
from tests.wide import WIDE


@pytest.mark.parametrize("lab", [pytest.param("first-sync", marks=WIDE), "drift"])
def test_a_demo_plays_to_its_end_and_leaves_nothing_not_even_progress(
    tmp_path: Path, lab: str
) -> None:
    line = CommandLine(tmp_path)
    out = line.fine("demo", lab).out
    assert "✗" in out
    assert "git commit" in out
    assert f"gitops-lab start {lab}" in out
    assert "gitops-lab check" in out
    assert "healed" in out
    assert out.rindex("✓") > out.rindex("✗")
    assert not list(line.home.glob("workspaces/*/"))
    assert line.fine("progress", "--json").document == []


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps here")
def test_a_demo_that_is_told_to_end_takes_its_cluster_with_it(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    command = [sys.executable, "-m", "gitops_lab.cli", "demo", "first-sync"]
    environment = {**line.environment, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL
    ) as demo:
        eventually(lambda: list(tmp_path.glob("home/workspaces/*/kubeconfig")), timeout=60)
        demo.terminate()
        # Told again and again, as `timeout` tells the process and then its group; the last time may
        # come when Python has put its handlers away, with nothing left to undo.
        eventually(lambda: demo.terminate() or demo.poll() is not None, timeout=60)
        assert demo.returncode in (128 + 15, -15)
    assert not list(line.home.glob("workspaces/*/"))
    assert str(tmp_path) not in subprocess.check_output(["ps", "-eo", "args"], text=True)
    assert not list(tmp_path.rglob("kubeconfig"))
