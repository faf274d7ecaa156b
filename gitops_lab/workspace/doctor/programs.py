"""Python, git and kubectl: what every provider needs."""

import json
import sys
from pathlib import Path

from gitops_lab.kube.kubectl import KubectlMissing, kubectl
from gitops_lab.workspace.doctor.model import EVERY, Finding, Level, Machine, ok
from gitops_lab.workspace.doctor.running import ask, dotted, find, version_of

PYTHON = (3, 11)
GIT = (2, 28)
"""The first with `git init --initial-branch`."""
KUBECTL = (1, 31)
"""The first with `wait --for=create`, which labs use; logs and exec speak WebSocket since 1.30."""


def check_system(machine: Machine) -> Finding:
    """The operating system: Linux, macOS, or WSL."""
    if machine.system.family == "windows":
        return Finding(
            "system",
            Level.FAIL,
            f"{machine.system.name}: GitOps Lab does not run on Windows itself",
            "Install WSL with `wsl --install` and run it there.",
        )
    return ok("system", machine.system.name)


def check_python(machine: Machine) -> Finding:
    """The Python that runs us."""
    return judge_python(machine, sys.version_info[:3], sys.executable)


def judge_python(machine: Machine, version: tuple[int, ...], where: str) -> Finding:
    """Whether a Python is new enough."""
    seen = f"Python {dotted(version)} ({where})"
    if version >= PYTHON:
        return ok("python", seen)
    command = machine.system.install("python3", macos="python@3.13", fedora="python3.13")
    return Finding(
        "python",
        Level.FAIL,
        seen,
        f"Install Python {dotted(PYTHON)} or newer" + (f": `{command}`." if command else "."),
    )


def check_git(machine: Machine) -> Finding:
    """git, new enough, with the part that serves repositories."""
    path = find(machine, "git")
    command = machine.system.install("git", alpine="git git-daemon")
    if machine.system.family == "macos":
        command = "xcode-select --install"
    install = f"Install git: `{command}`." if command else "Install git."
    if not path:
        return Finding("git", Level.FAIL, "git is not on PATH", install)
    answer = ask(machine, path, "--version")
    version = version_of(answer.out)
    if not answer.fine or not version:
        seen = f"{path} does not run: {(answer.err or answer.out).strip()[:200]}"
        return Finding("git", Level.FAIL, seen, install)
    seen = f"git {dotted(version)} ({path})"
    if version < GIT:
        return Finding("git", Level.FAIL, seen, f"{dotted(GIT)} or newer is needed. {install}")
    programs = Path(ask(machine, path, "--exec-path").out.strip())
    if not (programs / "git-http-backend").exists():
        return Finding("git", Level.FAIL, f"{seen} without git-http-backend", install)
    return ok("git", seen)


def check_kubectl(machine: Machine) -> Finding:
    """The kubectl that we use: the one installed with us, else the one on PATH."""
    try:
        path = kubectl()
    except KubectlMissing:
        command = machine.system.install("kubectl", macos="kubernetes-cli", debian="")
        usual = "see https://kubernetes.io/docs/tasks/tools/"
        known = command if command.split()[-1] != "-y" else ""
        fix = f"Install it: `{known}`." if known else f"Install it, {usual}."
        return Finding("kubectl", Level.FAIL, "no kubectl was found", fix)
    answer = ask(machine, str(path), "version", "--client", "-o", "json")
    try:
        text = str(json.loads(answer.out)["clientVersion"]["gitVersion"])
    except (ValueError, KeyError, TypeError):
        why = (answer.err or answer.out).strip()[:200]
        fix = "Install GitOps Lab anew, or another kubectl on PATH."
        return Finding("kubectl", Level.FAIL, f"{path} does not run: {why}", fix)
    seen = f"kubectl {text.lstrip('v')} ({path})"
    if version_of(text) < KUBECTL:
        return Finding("kubectl", Level.FAIL, seen, f"{dotted(KUBECTL)} or newer is needed.", EVERY)
    return ok("kubectl", seen)
