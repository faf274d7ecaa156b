"""Brings the samples' images into a cluster."""

import os
import sys
import tempfile
import time
from pathlib import Path

import platformdirs

from gitops_lab.samples.images import fingerprint, write_context, write_images
from gitops_lab.workspace.kind import refusals, tool
from gitops_lab.workspace.kind.runtime import Runtime

BASE_VARIABLE = "GITOPS_LAB_SAMPLES_BASE"
"""An image with a Python, on which the samples' images are built instead of on this Python."""
_BASE = "python:3.13-slim"
_BUILD_SECONDS = 600.0
_CONTAINERD_SECONDS = 60.0
_KEPT = 3  # for as many Pythons


def archive() -> Path:
    """The archive of all samples' images, which workspaces share; made when it isn't there.

    Made of this very Python on Linux; elsewhere Docker builds them on a public image. Raises
    OSError when there is no room for it.
    """
    folder = _cache() / "images"
    base = os.environ.get(BASE_VARIABLE) or ("" if sys.platform == "linux" else _BASE)
    suffix = "-built" if base else ""
    path = folder / f"samples-{fingerprint()}{suffix}.tar"
    if not path.exists():
        if base:
            _build(path, base)
        else:
            write_images(path)
        for old in sorted(folder.glob("samples-*.tar"), key=_age)[_KEPT:]:
            old.unlink(missing_ok=True)
    return path


def _cache() -> Path:
    named = os.environ.get("GITOPS_LAB_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("gitops-lab"))


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def _build(path: Path, base: str) -> None:
    runtime = Runtime()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        files = write_context(Path(scratch), base)
        for reference, dockerfile in files.items():
            command = ["build", "--quiet", "--tag", reference, "--file", str(dockerfile), scratch]
            runtime.run(*command, timeout=_BUILD_SECONDS)
        fresh = path.with_suffix(f".{os.getpid()}")
        runtime.run("save", "--output", str(fresh), *files, timeout=_BUILD_SECONDS)
        fresh.replace(path)


def load(cluster: str, log: Path) -> None:
    """Load them into every node, which may be starting. Raises WorkspaceError."""
    path = archive()
    _wait_for_containerd(cluster)
    code, said = tool.run(["load", "image-archive", str(path), "--name", cluster], log)
    if code:
        path.unlink(missing_ok=True)  # it may be the file: the next start makes it anew
        raise refusals.image_not_loaded(said, str(log))


def _wait_for_containerd(cluster: str) -> None:
    """On hosts with cgroup v1 kind goes on before it runs. When time is up, loading tells why."""
    runtime = Runtime()
    deadline = time.monotonic() + _CONTAINERD_SECONDS
    for node in runtime.nodes(cluster):
        while runtime.ask("exec", node.id, "ctr", "version").returncode:
            if time.monotonic() > deadline:
                return
            time.sleep(0.2)
