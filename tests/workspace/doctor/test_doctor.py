"""Each check tells what it sees and what to do on this operating system."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from gitops_lab.workspace.doctor import Level, Machine, examine, this_machine
from gitops_lab.workspace.doctor import docker as dockers
from gitops_lab.workspace.doctor.kind import check_kind
from gitops_lab.workspace.doctor.limits import INOTIFY, judge_files, judge_inotify
from gitops_lab.workspace.doctor.memory import MEGABYTE, judge_memory
from gitops_lab.workspace.doctor.model import Finding, ok
from gitops_lab.workspace.doctor.network import check_loopback, check_ports, check_proxies
from gitops_lab.workspace.doctor.programs import check_git, check_system, judge_python
from gitops_lab.workspace.doctor.running import Answer, version_of
from gitops_lab.workspace.doctor.storage import check_home, judge_disk
from gitops_lab.workspace.doctor.system import System, linux

DEBIAN = System("debian", "Debian")
INFO = {"ServerVersion": "28.1.1", "CgroupVersion": "2", "SecurityOptions": ["name=seccomp"]}


def _machine(home: Path, system: System = DEBIAN, **environment: str) -> Machine:
    return Machine(system, home, {"PATH": os.environ["PATH"], **environment})


def _docker(tmp_path: Path, code: int | None, out: object = "", err: str = "") -> Finding:
    text = out if isinstance(out, str) else json.dumps(out)
    return dockers.judge(_machine(tmp_path), Answer(code, text, err))


@pytest.mark.parametrize(
    ("program", "info", "level", "told"),
    [
        (
            "podman",
            {"host": {"cgroupVersion": "v2", "security": {"rootless": True}}},
            Level.OK,
            "podman 5.0.0, rootless, cgroup v2, in Docker's place",
        ),
        (
            "podman",
            {"host": {"cgroupVersion": "v1", "security": {"rootless": False}}},
            Level.OK,
            "podman 5.0.0, cgroup v1, in Docker's place",
        ),
        (
            "podman",
            {"host": {"cgroupVersion": "v1", "security": {"rootless": True}}},
            Level.FAIL,
            "rootless it needs cgroup v2",
        ),
        (
            "nerdctl",
            {"CgroupVersion": "1", "SecurityOptions": ["name=rootless"]},
            Level.FAIL,
            "rootless it needs cgroup v2",
        ),
    ],
)
def test_what_stands_in_dockers_place_is_judged_too(
    program: str, info: object, level: Level, told: str
) -> None:
    found = dockers.judge_other(program, "5.0.0", Answer(0, json.dumps(info), ""))
    assert found.level == level
    assert told in found.seen
    assert bool(found.fix) == (level == Level.FAIL)


def test_this_machine_runs_the_embedded_provider(tmp_path: Path) -> None:
    examined = examine(this_machine(tmp_path))
    assert examined.works("embedded"), examined.in_the_way("embedded")
    assert all(finding.seen for finding in examined.findings)


def test_each_finding_that_is_not_well_says_what_to_do(tmp_path: Path) -> None:
    bare = _machine(tmp_path / "new", PATH=str(tmp_path))
    for finding in examine(bare).findings:
        assert finding.fix or finding.level is Level.OK, finding


def test_a_check_that_breaks_leaves_the_others_alone(tmp_path: Path) -> None:
    def check_broken(machine: Machine) -> Finding:
        raise RuntimeError("on fire")

    broken, fine = examine(
        _machine(tmp_path), checks=(check_broken, lambda _: ok("fine", "yes"))
    ).findings
    assert broken.level is Level.WARN
    assert "on fire" in broken.seen
    assert fine.level is Level.OK


def test_a_missing_git_is_told_with_the_command_of_each_system(tmp_path: Path) -> None:
    commands = {}
    for family in ("debian", "fedora", "alpine", "macos", "linux"):
        finding = check_git(_machine(tmp_path, System(family, family), PATH=str(tmp_path)))
        assert finding.level is Level.FAIL
        commands[family] = finding.fix
    assert "apt-get install -y git" in commands["debian"]
    assert "dnf" in commands["fedora"]
    assert "git-daemon" in commands["alpine"]
    assert "xcode-select" in commands["macos"]
    assert commands["linux"] == "Install git."


def test_a_git_that_does_not_run_is_told_with_its_complaint(tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\necho libz is missing >&2; exit 127\n")
    program.chmod(0o755)
    assert "libz is missing" in check_git(_machine(tmp_path, PATH=str(tmp_path))).seen


def test_an_old_python_and_windows_itself_are_refused(tmp_path: Path) -> None:
    old = judge_python(_machine(tmp_path), (3, 8, 2), "/usr/bin/python3")
    assert (old.level, "3.11" in old.fix) == (Level.FAIL, True)
    windows = check_system(_machine(tmp_path, System("windows", "Windows 11")))
    assert (windows.level, "wsl --install" in windows.fix) == (Level.FAIL, True)


def test_a_home_that_is_not_there_is_made_on_request(tmp_path: Path) -> None:
    machine = _machine(tmp_path / "deep" / "home")
    assert check_home(machine).level is Level.WARN
    examined = examine(machine, repair=True, checks=(check_home,))
    assert examined.findings[0].level is Level.OK
    assert str(machine.home) in examined.repaired[0]
    assert machine.home.stat().st_mode & 0o777 == 0o700


def test_a_home_that_others_may_write_is_closed_on_request(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    machine = _machine(tmp_path)
    assert "others" in check_home(machine).seen
    assert examine(machine, repair=True, checks=(check_home,)).findings[0].level is Level.OK
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_home_in_a_file_or_on_a_windows_drive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "GITOPS_LAB_HOME" in check_home(_machine(tmp_path / "file" / "home")).fix
    wsl = Machine(System("debian", "Debian in WSL", wsl=True), Path("/mnt/c/labs"), {})
    assert check_home(wsl).level is Level.FAIL


def test_too_little_room_memory_or_files_is_told(tmp_path: Path) -> None:
    assert judge_disk(10**7, tmp_path).level is Level.FAIL
    assert judge_disk(5 * 10**8, tmp_path).level is Level.WARN
    assert judge_disk(10**10, tmp_path).level is Level.OK
    assert judge_memory(100 * MEGABYTE).providers == ("embedded", "kind", "existing")
    assert judge_memory(1000 * MEGABYTE).providers == ("kind",)
    assert judge_memory(8000 * MEGABYTE).level is Level.OK
    assert "ulimit -n" in judge_files(256, 10240).fix
    assert judge_files(-1, -1).level is Level.OK


def test_low_inotify_limits_are_raised_on_request(tmp_path: Path) -> None:
    for name in INOTIFY:
        (tmp_path / name).write_text("128")
    finding = judge_inotify(tmp_path)
    assert (finding.level, finding.providers) == (Level.WARN, ("kind",))
    assert "sysctl" in finding.fix
    assert finding.repair is not None
    assert "512" in finding.repair()
    assert judge_inotify(tmp_path).level is Level.OK
    assert judge_inotify(tmp_path / "none").level is Level.OK


def test_loopback_works_and_a_taken_port_of_a_lab_is_told(tmp_path: Path) -> None:
    assert check_loopback(_machine(tmp_path)).level is Level.OK
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 30080))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which is as good
        finding = check_ports(_machine(tmp_path))
    assert finding.level is Level.WARN
    assert "30080" in finding.seen


def test_a_proxy_without_exceptions_is_told_and_its_password_is_not(tmp_path: Path) -> None:
    proxy = "http://ann:s3cret@proxy.example:3128"
    finding = check_proxies(_machine(tmp_path, HTTPS_PROXY=proxy))
    assert finding.level is Level.WARN
    assert "proxy.example:3128" in finding.seen
    assert "s3cret" not in str(finding)
    assert "NO_PROXY" in finding.fix
    fine = check_proxies(_machine(tmp_path, HTTPS_PROXY=proxy, no_proxy="localhost,127.0.0.1"))
    assert fine.level is Level.OK


def test_docker_that_is_not_installed_is_told_with_what_could_serve(tmp_path: Path) -> None:
    none = dockers.check_docker(_machine(tmp_path, PATH=str(tmp_path)))
    assert (none.level, none.providers) == (Level.FAIL, ("kind",))
    assert "docker.io" in none.fix
    (tmp_path / "podman").write_text("#!/bin/sh\n")
    (tmp_path / "podman").chmod(0o755)
    other = dockers.check_docker(_machine(tmp_path, PATH=str(tmp_path)))
    assert "KIND_EXPERIMENTAL_PROVIDER=podman" in other.fix


@pytest.mark.skipif(not shutil.which("docker"), reason="needs Docker's command line")
def test_docker_that_does_not_run_is_told_with_how_to_start_it(tmp_path: Path) -> None:
    socket_file = f"unix://{tmp_path}/docker.sock"
    finding = dockers.check_docker(_machine(tmp_path, DOCKER_HOST=socket_file))
    assert "does not run" in finding.seen
    assert "systemctl start docker" in finding.fix
    mac = Machine(System("macos", "macOS"), tmp_path, {**os.environ, "DOCKER_HOST": socket_file})
    assert dockers.check_docker(mac).fix == "Start Docker Desktop."


def test_what_docker_says_of_itself_is_judged(tmp_path: Path) -> None:
    assert _docker(tmp_path, 0, INFO).level is Level.OK
    assert "20.10" in _docker(tmp_path, 0, {**INFO, "ServerVersion": "19.3.1"}).fix
    rootless = {**INFO, "SecurityOptions": ["name=rootless"]}
    assert _docker(tmp_path, 0, rootless).level is Level.OK
    assert _docker(tmp_path, 0, {**rootless, "CgroupVersion": "1"}).level is Level.FAIL
    denied = "permission denied while trying to connect to the Docker daemon socket"
    assert "usermod" in _docker(tmp_path, 1, "", denied).fix
    errors = {"ServerErrors": [denied]}
    assert "usermod" in _docker(tmp_path, 1, errors).fix
    assert "does not answer" in _docker(tmp_path, None, "", "no answer within 10 s").seen


def test_a_missing_kind_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    finding = check_kind(_machine(tmp_path, PATH=str(tmp_path)))
    assert (finding.level, finding.providers) == (Level.FAIL, ("kind",))
    assert "go install" in finding.fix


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ('ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04"', "debian"),
        ("ID=rocky\nID_LIKE='rhel centos fedora'", "fedora"),
        ("ID=nixos", "linux"),
        ("", "linux"),
    ],
)
def test_a_linux_is_known_by_its_family(text: str, family: str) -> None:
    assert linux(text).family == family


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("git version 2.39.5 (Apple Git-154)", (2, 39, 5)),
        ("v1.37.2+embedded", (1, 37, 2)),
        ("Docker version 28.1.1, build 4eba377", (28, 1, 1)),
        ("nothing", ()),
    ],
)
def test_a_version_is_found_in_what_programs_print(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version
