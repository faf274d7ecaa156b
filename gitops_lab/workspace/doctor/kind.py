"""The kind command line."""

import os
from pathlib import Path

from gitops_lab.workspace.doctor.model import ONLY_KIND, Finding, Level, Machine, ok
from gitops_lab.workspace.doctor.running import ask, dotted, find, version_of
from gitops_lab.workspace.kind.tool import elsewhere

VERSION = (0, 33)
"""The one that our node image is made with."""


def check_kind(machine: Machine) -> Finding:
    """kind is installed, in a version that knows our node image."""
    home = machine.environment.get("HOME", "")
    path = find(machine, "kind") or elsewhere(Path(home or os.devnull))
    command = machine.system.install("kind")
    go = f"`go install sigs.k8s.io/kind@v{dotted(VERSION)}.0`"
    how = f"`{command}`" if machine.system.family in ("macos", "arch") else go
    page = "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
    fix = f"{how}, or see {page}."
    if not path:
        return Finding("kind", Level.FAIL, "kind is not installed", fix, ONLY_KIND)
    answer = ask(machine, path, "version", "--quiet")
    version = version_of(answer.out)
    if not version:
        seen = f"{path} does not run: {(answer.err or answer.out).strip()[:200]}"
        return Finding("kind", Level.FAIL, seen, fix, ONLY_KIND)
    seen = f"kind {dotted(version)} ({path})"
    if version[:2] < VERSION:
        return Finding(
            "kind",
            Level.WARN,
            seen,
            f"Kubernetes 1.37 was tested with {dotted(VERSION)}: {fix}",
            ONLY_KIND,
        )
    return ok("kind", seen, ONLY_KIND)
