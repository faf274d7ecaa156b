"""Docker, or what kind can use in its place."""

import json
from dataclasses import dataclass
from typing import Any

from gitops_lab.workspace.doctor.model import ONLY_KIND, Finding, Level, Machine, ok
from gitops_lab.workspace.doctor.running import Answer, ask, dotted, find, version_of

VERSION = (20, 10)
_OTHERS = ("podman", "nerdctl")


@dataclass(frozen=True)
class Docker:
    """A Docker that answers."""

    version: tuple[int, ...]
    rootless: bool
    cgroup: str
    memory: int
    folder: str

    @classmethod
    def of(cls, info: dict[str, Any]) -> "Docker":
        """Read `docker info`."""
        options = info.get("SecurityOptions") or []
        return cls(
            version_of(str(info.get("ServerVersion", ""))),
            any("rootless" in str(option) for option in options),
            str(info.get("CgroupVersion", "")),
            int(info.get("MemTotal") or 0),
            str(info.get("DockerRootDir", "")),
        )


def check_docker(machine: Machine) -> Finding:
    """Docker is installed, runs, lets us in, and is new enough for kind."""
    chosen = machine.environment.get("KIND_EXPERIMENTAL_PROVIDER", "")
    if chosen in _OTHERS:
        return _check_other(machine, chosen)
    path = find(machine, "docker")
    if not path:
        return _not_installed(machine)
    answer = ask(machine, path, "info", "--format", "{{json .}}")
    return judge(machine, answer)


def judge(machine: Machine, answer: Answer) -> Finding:
    """What `docker info --format '{{json .}}'` says."""
    try:
        info: Any = json.loads(answer.out)
    except ValueError:
        info = {}
    if not info.get("ServerVersion"):
        errors = "; ".join(info.get("ServerErrors") or []) or answer.err.strip()
        return _no_answer(machine, errors, timed_out=answer.code is None)
    docker = Docker.of(info)
    rootless = ", rootless" if docker.rootless else ""
    seen = f"Docker {dotted(docker.version)}{rootless}, cgroup v{docker.cgroup or '?'}"
    if docker.version < VERSION:
        fix = f"Docker {dotted(VERSION)} or newer is needed."
        return Finding("docker", Level.FAIL, seen, fix, ONLY_KIND)
    if docker.rootless and docker.cgroup != "2":
        return Finding(
            "docker",
            Level.FAIL,
            f"{seen}: a rootless Docker needs cgroup v2",
            "Boot with `systemd.unified_cgroup_hierarchy=1`, or use Docker with root.",
            ONLY_KIND,
        )
    return ok("docker", seen, ONLY_KIND)


def _not_installed(machine: Machine) -> Finding:
    for other in _OTHERS:
        if find(machine, other):
            return Finding(
                "docker",
                Level.WARN,
                f"Docker is not installed, but {other} is",
                f"Let kind use it: `export KIND_EXPERIMENTAL_PROVIDER={other}`.",
                ONLY_KIND,
            )
    names = {"debian": "docker.io", "macos": "--cask docker", "fedora": "moby-engine"}
    command = machine.system.install("docker", **names)
    if machine.system.wsl:
        fix = "Install Docker Desktop on Windows and switch its WSL integration on."
    else:
        fix = f"`{command}`" if command else "See https://docs.docker.com/engine/install/."
    return Finding("docker", Level.FAIL, "Docker is not installed", fix, ONLY_KIND)


def _no_answer(machine: Machine, said: str, *, timed_out: bool) -> Finding:
    if timed_out:
        seen, fix = f"Docker does not answer: {said}", "Start Docker again."
    elif "permission denied" in said.lower():
        seen = "Docker runs, and you have no permission to use it"
        fix = "`sudo usermod -aG docker $USER`, then log out and in again."
    else:
        seen, fix = "Docker is installed and does not run", _start(machine)
        seen += f" ({said.splitlines()[0][:160]})" if said else ""
    return Finding("docker", Level.FAIL, seen, fix, ONLY_KIND)


def _start(machine: Machine) -> str:
    if machine.system.family == "macos" or machine.system.wsl:
        return "Start Docker Desktop."
    if machine.system.family == "alpine":
        return "`sudo rc-service docker start`"
    return "`sudo systemctl start docker`"


def _check_other(machine: Machine, program: str) -> Finding:
    path = find(machine, program)
    if not path:
        seen = f"KIND_EXPERIMENTAL_PROVIDER is {program}, which is not on PATH"
        fix = f"Install {program}, or unset KIND_EXPERIMENTAL_PROVIDER."
        return Finding("docker", Level.FAIL, seen, fix, ONLY_KIND)
    answer = ask(machine, path, "info", "--format", "{{json .}}")
    version = version_of(ask(machine, path, "--version").out)
    return judge_other(program, dotted(version), answer)


def judge_other(program: str, version: str, answer: Answer) -> Finding:
    """What `podman info --format '{{json .}}'`, or nerdctl's, says."""
    if not answer.fine:
        seen = f"{program} does not answer: {answer.err.strip()[:200]}"
        return Finding("docker", Level.FAIL, seen, f"Start {program}.", ONLY_KIND)
    info: dict[str, Any] = json.loads(answer.out)
    host = info.get("host") or {}  # Podman's words; nerdctl has Docker's
    secured = (host.get("security") or {}).get("rootless")
    rootless = secured or any("rootless" in str(o) for o in info.get("SecurityOptions") or [])
    cgroup = str(host.get("cgroupVersion") or info.get("CgroupVersion") or "?").removeprefix("v")
    named = f"{program} {version}".rstrip()  # one built by hand knows no version
    seen = f"{named}{', rootless' if rootless else ''}, cgroup v{cgroup}"
    seen += ", in Docker's place"
    if rootless and cgroup == "1":
        fix = f"Boot with `systemd.unified_cgroup_hierarchy=1`, or use {program} with root."
        seen += ": rootless it needs cgroup v2"
        return Finding("docker", Level.FAIL, seen, fix, ONLY_KIND)
    return ok("docker", seen, ONLY_KIND)
