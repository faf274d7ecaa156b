"""What goes wrong around Docker and kind: a clear paragraph, and a state that goes on."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace.kind import sample_images
from tests.cli.driver import CommandLine
from tests.kind.conftest import START_SECONDS, KindLab, containers, docker
from tests.waiting import eventually

PLAIN = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Before a command of root's: modes of files hold for it, as for everybody."""
CONTENT = "/var/lib/containerd/io.containerd.content.v1.content"
"""Where containerd keeps what it is given, in a node."""
SMALL = f"mount -t tmpfs -o size=1m tmpfs {CONTENT} && mkdir -p {CONTENT}/ingest {CONTENT}/blobs"


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


def test_a_docker_that_we_may_not_use_is_told_with_the_fix(lab: CommandLine) -> None:
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as listening:
        closed = f"{place}/docker.sock"  # a path of tests' own is too long for a socket
        listening.bind(closed)
        listening.listen()
        os.chmod(closed, 0)
        ran = subprocess.run(
            [*PLAIN, sys.executable, "-m", "gitops_lab.cli", "up", "x", "--provider", "kind"],
            env={**lab.environment, "DOCKER_HOST": f"unix://{closed}"},
            cwd=lab.place,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 3
    assert "you may not use docker" in ran.stderr
    assert "usermod -aG docker" in ran.stderr
    assert not (lab.home / "workspaces" / "x").exists()


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


def test_a_full_disk_while_loading_is_told_and_loading_goes_on_when_there_is_room(
    shared: KindLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_LAB_CACHE", str(tmp_path / "cache"))
    archive = sample_images.archive()
    image = f"gitops-lab/tier-large:{tmp_path.name.replace('_', '-')}"
    (tmp_path / "large").write_bytes(os.urandom(8_000_000))  # new to the node, whatever it has
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY large /\n")
    docker("build", "--quiet", "--tag", image, str(tmp_path))
    docker("save", "--output", str(archive), image)
    large = archive.read_bytes()
    docker("exec", shared.node, "sh", "-c", SMALL)
    try:
        with pytest.raises(WorkspaceError) as told:
            sample_images.load(shared.cluster, tmp_path / "images.log")
    finally:
        docker("exec", shared.node, "umount", CONTENT)
        docker("image", "rm", "--force", image)
    assert told.value.reason == "DiskFull"
    assert "docker system df" in told.value.paragraph()
    archive.write_bytes(large)
    sample_images.load(shared.cluster, tmp_path / "images.log")
    assert image in docker("exec", shared.node, "ctr", "-n", "k8s.io", "images", "ls", "-q")


def test_kubeconfigs_that_are_gone_are_told_and_made_anew(shared: KindLab) -> None:
    root = shared.lab.home / "workspaces" / shared.workspace
    for path in (root / "kubeconfig", root / "clusters/main/kubeconfig"):
        path.unlink()
    ran = shared.lab("check", "--workspace", shared.workspace)
    assert ran.code == 3, ran
    assert "kubeconfig" in ran.err
    assert "gitops-lab start" in ran.err
    shared.lab.fine("start", "first-sync", "--workspace", shared.workspace)
    assert shared.kubectl("get", "nodes", "-o", "name") == f"node/{shared.node}"


def test_two_workspaces_that_start_at_once_have_a_cluster_and_ports_each(lab: CommandLine) -> None:
    names = ("tier-left", "tier-right")
    with ThreadPoolExecutor() as pool:
        started = list(pool.map(lambda name: lab("up", name, "--provider", "kind"), names))
    assert [ran.code for ran in started] == [0, 0], started
    reaches = [lab.home / "workspaces" / name / "clusters/main/reach.json" for name in names]
    ports = [set(json.loads(reach.read_text())["node_ports"].values()) for reach in reaches]
    assert not ports[0] & ports[1]
    for name in names:
        node = f"gitops-lab-{name}-main-control-plane"
        assert lab.fine("kubectl", "--workspace", name, "get", "nodes", "-o", "name").out == (
            f"node/{node}\n"
        )
    lab.fine("down", "--workspace", names[0])
    assert containers("gitops-lab-tier-left") == []
    assert containers("gitops-lab-tier-right") == ["gitops-lab-tier-right-main-control-plane"]


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
