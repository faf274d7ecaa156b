"""What goes wrong around Docker and kind: a clear paragraph, and a state that goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.workspace.kind import sample_images
from tests.cli.driver import CommandLine
from tests.kind.conftest import START_SECONDS, containers, docker
from tests.waiting import eventually


@pytest.fixture
def lab(swept: None, tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path, START_SECONDS)
    yield made
    made.down()


def test_docker_that_does_not_run_is_told_at_once(lab: CommandLine, tmp_path: Path) -> None:
    nobody = f"unix://{tmp_path}/docker.sock"
    ran = lab("up", "tier-nodocker", "--provider", "kind", DOCKER_HOST=nobody)
    assert ran.code == 3
    assert "daemon is not running" in ran.err
    assert "Start Docker" in ran.err
    assert not (lab.home / "workspaces" / "tier-nodocker").exists()


def test_a_machine_without_docker_is_told_what_to_install(lab: CommandLine, tmp_path: Path) -> None:
    ran = lab("up", "tier-nodocker", "--provider", "kind", PATH=str(tmp_path))
    assert ran.code == 3
    assert "docker is not installed" in ran.err


def test_a_node_image_that_nobody_has_is_told_and_leaves_nothing(lab: CommandLine) -> None:
    image = "gitops-lab.invalid/absent:1"
    ran = lab("up", "tier-noimage", "--provider", "kind", GITOPS_LAB_KIND_IMAGE=image)
    assert ran.code == 3
    assert f"Docker can't get the node image {image}" in ran.err
    assert "scripts/kind-image" in ran.err
    assert not (lab.home / "workspaces" / "tier-noimage").exists()
    assert list(lab.home.glob("failed/tier-noimage-*/kind-main.log"))
    assert containers("gitops-lab-tier-noimage") == []


def test_a_cluster_of_somebody_else_is_left_alone(lab: CommandLine) -> None:
    """Any container with kind's label under the name is one, whatever runs in it."""
    label = "io.x-k8s.kind.cluster=gitops-lab-tier-foreign-main"
    image = docker("image", "ls", "-q", "--filter", "reference=gitops-lab/kind-node").split()[0]
    name = "gitops-lab-tier-foreign-main-control-plane"
    docker("create", "--label", label, "--name", name, "--entrypoint", "true", image)
    try:
        ran = lab("up", "tier-foreign", "--provider", "kind")
        assert ran.code == 3
        assert "did not make" in ran.err
        assert containers("gitops-lab-tier-foreign") == [name]
    finally:
        docker("rm", "--force", "--volumes", name)


def test_images_that_cannot_be_loaded_undo_the_cluster_and_keep_the_logs(
    lab: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_LAB_CACHE", str(tmp_path / "cache"))
    broken = sample_images.archive()
    broken.write_bytes(b"no archive")
    ran = lab("up", "tier-noload", "--provider", "kind")
    assert ran.code == 3
    assert "images can't be loaded" in ran.err
    assert not (lab.home / "workspaces" / "tier-noload").exists()
    assert containers("gitops-lab-tier-noload") == []
    assert list(lab.home.glob("failed/tier-noload-*/kind-main-images.log"))
    assert not broken.exists()


def test_a_creation_that_was_killed_is_taken_up_by_the_next(lab: CommandLine) -> None:
    command = [sys.executable, "-m", "gitops_lab.cli", "up", "tier-killed", "--provider", "kind"]
    creation = subprocess.Popen(
        command,
        cwd=lab.place,
        env=lab.environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    eventually(lambda: containers("gitops-lab-tier-killed"), timeout=60)
    # With all its children, as when the machine goes down: kind itself must not end the work.
    os.killpg(creation.pid, signal.SIGKILL)
    assert creation.wait() == -signal.SIGKILL
    lab.fine("up", "tier-killed", "--provider", "kind")
    assert "control-plane" in lab.fine("kubectl", "--workspace", "tier-killed", "get", "nodes").out
    lab.fine("down", "--workspace", "tier-killed")
    assert containers("gitops-lab-tier-killed") == []
