"""Brings the samples' images into a cluster."""

import os
import sys
import tempfile
from pathlib import Path

from gitops_lab.samples.images import fingerprint, write_context, write_images
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.kind import refusals, tool
from gitops_lab.workspace.kind.runtime import Runtime

BASE_VARIABLE = "GITOPS_LAB_SAMPLES_BASE"
"""An image with a Python, on which the samples' images are built instead of on this Python."""
_BASE = "python:3.13-slim"
_BUILD_SECONDS = 600.0


def archive(home: Path) -> Path:
    """The archive of all samples' images; made when it isn't there. Older ones are removed.

    Made of this very Python on Linux; elsewhere Docker builds them on a public image.
    """
    folder = home / "images"
    base = os.environ.get(BASE_VARIABLE) or ("" if sys.platform == "linux" else _BASE)
    suffix = "-built" if base else ""
    path = folder / f"samples-{fingerprint()}{suffix}.tar"
    if not path.exists():
        if base:
            _build(path, base)
        else:
            write_images(path)
        for old in folder.glob("samples-*.tar"):
            if old != path:
                old.unlink(missing_ok=True)
    return path


def _build(path: Path, base: str) -> None:
    runtime = Runtime()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        files = write_context(Path(scratch), base)
        for reference, dockerfile in files.items():
            command = ["build", "--quiet", "--tag", reference, "--file", str(dockerfile), scratch]
            runtime.run(*command, timeout=_BUILD_SECONDS)
        fresh = path.with_suffix(".new")
        runtime.run("save", "--output", str(fresh), *files, timeout=_BUILD_SECONDS)
        fresh.replace(path)


def load(folder: Folder, cluster: str, log: Path) -> None:
    """Load them into every node. Raises WorkspaceError."""
    path = archive(folder.home)
    code, said = tool.run(["load", "image-archive", str(path), "--name", cluster], log)
    if code:
        path.unlink(missing_ok=True)  # it may be the file: the next start makes it anew
        raise refusals.image_not_loaded(said, str(log))
