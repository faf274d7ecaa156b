"""Pack a bundle, from a checkout and with network: wheels by their hashes, images, kind itself."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import gitops_lab
from gitops_lab import __version__
from gitops_lab.errors import UsageError, WorkspaceError
from gitops_lab.samples.images import write_images
from gitops_lab.workspace.bundle import load
from gitops_lab.workspace.kind import tool
from gitops_lab.workspace.kind.config import node_image
from gitops_lab.workspace.kind.runtime import Runtime
from gitops_lab.workspace.plan import Report, timed

PIP = "pip==26.*"
"""What installs on a machine whose Python came without it."""
_SECONDS = 1800
_LARGEST = 3_900_000_000
"""Python runs a zip of less than 4 GB only."""


@dataclass(frozen=True)
class Created:
    """The bundle, its size in bytes, and what is in it."""

    file: Path
    size: int
    wheels: int
    images: tuple[str, ...]


def create(into: Path, *, embedded: bool, report: Report) -> Created:
    """Write a bundle for machines like this one. Raises UsageError or WorkspaceError."""
    root = _checkout()
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".gitops-lab-") as scratch:
        place = Path(scratch)
        with timed(report, "Fetch the packages, by their hashes"):
            _fetch_wheels(root, place / load.WHEELS)
        with timed(report, "Build gitops-lab"):
            _build_wheel(root, place / load.WHEELS)
        images: tuple[str, ...] = ()
        if not embedded:
            with timed(report, "Save the images"):
                images = _save_images(place / load.IMAGES)
            _copy_kind(place / load.TOOLS)
        with timed(report, "Pack"):
            pack(place, into, images)
        wheels = len(list((place / load.WHEELS).iterdir()))
    return Created(into, into.stat().st_size, wheels, images)


def pack(place: Path, into: Path, images: Iterable[str] = ()) -> None:
    """Write the zip from a folder that holds wheels/, images/ and tools/. Raises WorkspaceError."""
    files = sorted(path for path in place.glob("*/*") if path.is_file())
    if sum(path.stat().st_size for path in files) > _LARGEST:
        raise WorkspaceError("a bundle can't be larger than 4 GB.", reason="BundleTooLarge")
    listed = {
        path.relative_to(place).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": _digest(path),
        }
        for path in files
    }
    manifest = {
        "format": load.FORMAT,
        "version": __version__,
        "made": time.strftime("%Y-%m-%d"),
        **load.this_platform(),
        "images": list(images),
        "files": listed,
    }
    partial = into.with_name(f".{into.name}.part")
    try:
        with zipfile.ZipFile(partial, "w", allowZip64=False) as archive:
            archive.write(load.__file__, load.MAIN)
            archive.writestr(load.MANIFEST, json.dumps(manifest, indent=2))
            for path in files:
                packed = path.suffix == ".whl"
                how = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                archive.write(path, path.relative_to(place), how, None if packed else 6)
        partial.replace(into)
    finally:
        partial.unlink(missing_ok=True)


def _checkout() -> Path:
    root = Path(gitops_lab.__file__).parents[1]
    if not (root / "requirements" / "lab.txt").is_file() or not (root / "pyproject.toml").is_file():
        raise UsageError(
            "a bundle is made from a checkout, which knows each package's hash.",
            reason="NoCheckout",
            hint="Clone the repository and say `scripts/lab bundle create FILE`.",
        )
    return root


def _fetch_wheels(root: Path, into: Path) -> None:
    into.mkdir()
    asked = ["--only-binary", ":all:", "--dest", str(into)]
    _pip("download", *asked, "--require-hashes", "-r", str(root / "requirements" / "lab.txt"))
    _pip("download", *asked, "--no-deps", PIP)


def _build_wheel(root: Path, into: Path) -> None:
    """From a copy, since a build may leave files behind and a checkout can be read-only."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, "checkout")
        copy.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
            shutil.copy(root / name, copy)
        for name in ("gitops_lab", "labs"):
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        _pip("wheel", "--no-deps", "--wheel-dir", str(into), str(copy))


def _pip(*arguments: str) -> None:
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True, check=False)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*pip, arguments[0], *quiet, *arguments[1:]],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise WorkspaceError(
            f"pip {arguments[0]} failed: {done.stderr.strip()[-800:]}",
            reason="PackagesFailed",
            hint="A bundle is made where the network is: behind a proxy set HTTPS_PROXY, with a "
            "package mirror PIP_INDEX_URL.",
        )


def _save_images(into: Path) -> tuple[str, ...]:
    """The node image as Docker has it, pulled if need be, and the samples'."""
    into.mkdir()
    runtime = Runtime()
    node = node_image(runtime)
    if not runtime.has_image(node):
        runtime.run("pull", node, timeout=_SECONDS)
    runtime.run("save", "--output", str(into / "node.tar"), node, timeout=_SECONDS)
    return (node, *write_images(into / "samples.tar"))


def _copy_kind(into: Path) -> None:
    into.mkdir()
    shutil.copy(tool.program(), into / "kind")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
