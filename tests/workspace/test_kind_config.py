"""What kind is asked for, and how its refusals are worded; no Docker is needed to judge that."""

import re
from pathlib import Path

import pytest

from gitops_lab.kube import yamls
from gitops_lab.lab import bundled_folders
from gitops_lab.workspace import Folder
from gitops_lab.workspace.access import Access, read_access, write_kubeconfig
from gitops_lab.workspace.kind import frozen, refusals
from gitops_lab.workspace.kind.config import (
    IMAGE_VARIABLE,
    NODE_PORTS,
    OFFLINE_IMAGE,
    PINNED_IMAGE,
    ClusterConfig,
    cluster_name,
    node_image,
)
from gitops_lab.workspace.kind.runtime import Machine, Runtime
from gitops_lab.workspace.reach import Reach, read_reach, write_reach

MODERN = Machine(cgroup_version="2", default_runtime="runc")


def _rendered(machine: Machine = MODERN) -> dict[str, object]:
    ports = {30080: 30080, 30081: 0}
    asked = ClusterConfig("gitops-lab-x-main", "image@sha256:1", Path("/home/x"), ports, machine)
    [document] = yamls.load_all(asked.render())
    found: dict[str, object] = document.obj
    return found


def test_node_ports_are_led_to_loopback_and_nowhere_else() -> None:
    [node] = _rendered()["nodes"]  # type: ignore[misc, attr-defined]
    mappings = node["extraPortMappings"]
    assert {m["containerPort"]: m["hostPort"] for m in mappings} == {30080: 30080, 30081: 0}
    assert {m["listenAddress"] for m in mappings} == {"127.0.0.1"}


def test_each_further_node_is_a_worker_that_is_known_as_ours_and_has_no_ports() -> None:
    ports = {30080: 30080}
    asked = ClusterConfig("x", "image", Path("/home/x"), ports, MODERN, nodes=3)
    [document] = yamls.load_all(asked.render())
    first, *others = document.obj["nodes"]
    assert [node["role"] for node in (first, *others)] == ["control-plane", "worker", "worker"]
    assert all(node["extraMounts"] == first["extraMounts"] for node in others)
    assert not any("extraPortMappings" in node for node in others)


def test_the_cluster_gives_out_no_node_port_that_is_not_led_to() -> None:
    text = str(_rendered()["kubeadmConfigPatchesJSON6902"])
    assert f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}" in text


def test_each_lab_keeps_to_the_node_ports_that_are_led_to() -> None:
    asked = {
        int(port)
        for lab in bundled_folders()
        for path in lab.rglob("*.yaml")
        for port in re.findall(r"nodePort: (\d+)", path.read_text())
    }
    assert len(asked) > 10
    assert asked <= set(NODE_PORTS)


def test_old_hosts_get_what_they_need_and_modern_ones_nothing() -> None:
    assert "failCgroupV1" not in str(_rendered()["kubeadmConfigPatches"])
    assert _rendered()["featureGates"] == {}
    old = _rendered(Machine(cgroup_version="1", default_runtime="gitops-lab-runc"))
    assert "failCgroupV1: false" in str(old["kubeadmConfigPatches"])
    assert old["featureGates"] == {"KubeletInUserNamespace": True}


def test_names_that_docker_does_not_take_stay_apart(tmp_path: Path) -> None:
    names = ["first-sync", "First-Sync", "first_sync", "x" * 40, "x" * 39 + "y"]
    found = [cluster_name(Folder(tmp_path, name), "main") for name in names]
    assert found[0] == "gitops-lab-first-sync-main"
    assert len(set(found)) == len(names)
    assert all(len(f"{name}-control-plane") <= 63 for name in found)


class Holding(Runtime):
    """A runtime of that name with these images."""

    def __init__(self, program: str, *images: str) -> None:
        self.program = program
        self._images = images

    def has_image(self, reference: str) -> bool:
        return reference in self._images


@pytest.mark.parametrize(
    ("runtime", "image"),
    [
        (Holding("docker"), PINNED_IMAGE),
        (Holding("docker", OFFLINE_IMAGE), OFFLINE_IMAGE),
        (Holding("docker", f"localhost/{OFFLINE_IMAGE}"), PINNED_IMAGE),
        (Holding("nerdctl", OFFLINE_IMAGE), OFFLINE_IMAGE),
        (Holding("podman"), PINNED_IMAGE),
        # What Podman loads is on a host named localhost; what it is asked for by its plain name
        # it finds all the same, and kind does not.
        (
            Holding("podman", OFFLINE_IMAGE, f"localhost/{OFFLINE_IMAGE}"),
            f"localhost/{OFFLINE_IMAGE}",
        ),
        (Holding("podman", OFFLINE_IMAGE), OFFLINE_IMAGE),  # pulled, or built on Docker Hub's name
    ],
)
def test_the_offline_node_image_is_taken_by_the_name_that_kind_finds(
    monkeypatch: pytest.MonkeyPatch, runtime: Runtime, image: str
) -> None:
    monkeypatch.delenv(IMAGE_VARIABLE, raising=False)
    assert node_image(runtime) == image
    monkeypatch.setenv(IMAGE_VARIABLE, "mine:1")
    assert node_image(runtime) == "mine:1"


def test_a_machine_with_another_runtime_is_told_how_kind_takes_it() -> None:
    assert "KIND_EXPERIMENTAL" not in refusals.no_runtime("docker").hint
    hint = refusals.no_runtime("docker", ["podman"]).hint
    assert "`export KIND_EXPERIMENTAL_PROVIDER=podman`" in hint


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("permission denied while trying to connect to the Docker daemon", "DockerPermission"),
        ("Cannot connect to the Docker daemon at unix:///x. Is it running?", "DockerNotRunning"),
        (
            "Error response from daemon: failed to set up container networking: failed to bind "
            "host port 127.0.0.1:30080/tcp: address already in use\nError: failed to start "
            "containers: bf8ceb",
            "PortTaken",
        ),
        ("something else", "DockerFailed"),
    ],
)
def test_what_docker_refuses_is_told_with_the_fix(said: str, reason: str) -> None:
    error = refusals.of_runtime("docker", said)
    assert error.reason == reason
    assert error.hint


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('ERROR: failed to create cluster: failed to pull image "x": exit 1', "NodeImageMissing"),
        ("write /var/lib: no space left on device", "DiskFull"),
        ("ERROR: failed to create cluster: could not find a log line", "KindFailed"),
    ],
)
def test_what_kind_refuses_is_told_with_the_fix(said: str, reason: str) -> None:
    error = refusals.of_kind(said, "image", "/logs/kind-main.log")
    assert error.reason == reason
    assert error.hint
    assert "/logs/kind-main.log" in error.paragraph()


@pytest.mark.parametrize(
    "access",
    [
        Access("https://127.0.0.1:1", b"ca", token="secret"),
        Access("https://127.0.0.1:1", b"ca", client_certificate=b"cert", client_key=b"key"),
    ],
)
def test_a_kubeconfig_says_who_we_are_by_token_or_certificate(
    tmp_path: Path, access: Access
) -> None:
    write_kubeconfig(tmp_path / "kubeconfig", {"main": access})
    assert read_access(tmp_path / "kubeconfig") == access


def test_how_both_sides_reach_each_other_is_kept(tmp_path: Path) -> None:
    assert read_reach(tmp_path) == Reach()
    write_reach(tmp_path, Reach({30080: 41234}, "172.18.0.1"))
    assert read_reach(tmp_path) == Reach({30080: 41234}, "172.18.0.1")


def test_a_frozen_node_that_only_root_may_free_is_told_with_the_command() -> None:
    told = refusals.frozen_node("0123456789abcdef", "/sys/fs/cgroup/freezer").paragraph()
    assert "left frozen" in told
    assert "sudo find /sys/fs/cgroup/freezer -path '*0123456789ab*' -name freezer.state" in told


def test_only_what_is_frozen_of_a_container_that_could_not_be_killed_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "FREEZER", tmp_path)
    states = {"docker/0123/pod": "FROZEN", "docker/0123": "THAWED", "docker/4567": "FROZEN"}
    for group, state in states.items():
        (tmp_path / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / group / "freezer.state").write_text(state)

    assert not frozen.freed("No such container", ["0123"])
    said = "cannot remove - tried to kill container, but did not receive an exit event"
    assert frozen.freed(said, ["0123"])
    assert not frozen.freed(said, ["0123"]), "nothing is frozen any more"
    left = {group: (tmp_path / group / "freezer.state").read_text() for group in states}
    assert left == {**states, "docker/0123/pod": "THAWED"}
