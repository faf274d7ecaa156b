"""A node in which something was left frozen, as runc leaves it when it is killed in between."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.kind import Kind, frozen
from gitops_lab.workspace.kind.runtime import CLUSTER_LABEL, OWNER_MOUNT, Runtime
from tests.kind.conftest import containers, docker
from tests.waiting import eventually

CLUSTER = "gitops-lab-tier-frozen-main"
NODE = f"{CLUSTER}-control-plane"

pytestmark = pytest.mark.skipif(
    not os.access(frozen.FREEZER, os.W_OK),
    reason="only cgroup v1 keeps what is frozen from being killed, and only root may freeze",
)


@pytest.fixture
def folder(swept: None, tmp_path: Path) -> Iterator[Folder]:
    """A workspace whose node is a container with a frozen process; it needs no Kubernetes."""
    made = Folder(tmp_path, "tier-frozen")
    owner = made.cluster("main") / "node"
    owner.mkdir(parents=True)
    image = docker("image", "ls", "-q", "--filter", "reference=gitops-lab/kind-node").split()[0]
    labels = [
        "--label",
        f"{CLUSTER_LABEL}={CLUSTER}",
        "--label",
        "io.x-k8s.kind.role=control-plane",
    ]
    how = [*labels, "--name", NODE, "--volume", f"{owner}:{OWNER_MOUNT}", "--entrypoint", "sleep"]
    node = docker("run", "--detach", *how, image, "infinity")
    docker("exec", "--detach", NODE, "sleep", "1000000")
    [group] = frozen.FREEZER.rglob(f"*{node}*")
    inside = group / "tier-frozen"
    inside.mkdir()
    [found] = eventually(lambda: _sleeping(node))
    (inside / "cgroup.procs").write_text(found)
    (inside / "freezer.state").write_text("FROZEN")
    eventually(lambda: (inside / "freezer.state").read_text() == "FROZEN\n")
    yield made
    if containers(CLUSTER):
        Runtime().remove([node])


def _sleeping(node: str) -> list[str]:
    rows = docker("top", node, "-eo", "pid,args").splitlines()
    return [row.split()[0] for row in rows if "1000000" in row]


def test_a_node_with_a_frozen_process_is_freed_and_removed(folder: Folder) -> None:
    Kind().delete(folder, "main")
    assert containers(CLUSTER) == []


def test_a_node_with_a_frozen_process_is_freed_and_stopped(folder: Folder) -> None:
    Kind().stop(folder, "main")
    assert docker("ps", "--quiet", "--filter", f"name={NODE}") == ""
