"""Unpack a bundle: a virtual environment from its wheels, its images into Docker. No network.

This very file is also the bundle's `__main__.py`: `python3 FILE [FOLDER]`. So it uses nothing but
the standard library. Nothing is trusted but what the manifest lists, with its size and SHA-256, and
nothing is written outside the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
MAIN = "__main__.py"
WHEELS, IMAGES, TOOLS = "wheels", "images", "tools"
_MANIFEST_BYTES = 1_000_000
_BLOCK = 1 << 20
_ROOM = 3.5
"""Unpacked and installed, wheels take that many times their size."""
_PACKAGE = "gitops-lab"
_DOCKER_SECONDS = 900

Say = Callable[[str], None]


class BundleError(Exception):
    """What is wrong and what to do, in one paragraph."""


@dataclass(frozen=True)
class Loaded:
    """Where the command is, which images were loaded, and why others were not."""

    command: Path
    version: str
    images: tuple[str, ...] = ()
    problem: str = ""


def load(bundle: Path, into: Path | None, say: Say = print) -> Loaded:
    """Bring a bundle's content to this machine. Raises BundleError; then `into` is as before.

    `into` is ./gitops-lab-VERSION when None; what an earlier load put there is replaced.
    """
    try:
        with zipfile.ZipFile(bundle) as archive:
            manifest = read_manifest(archive)
            _check_fits(manifest)
            place = into or Path.cwd() / f"{_PACKAGE}-{manifest['version']}"
            return _load(archive, manifest, place.absolute(), say)
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        told = (isinstance(error, OSError) and error.strerror) or error
        raise BundleError(f"{bundle} can't be loaded: {told}.") from error


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, after every member of the archive was compared with it. Raises BundleError."""
    try:
        info = archive.getinfo(MANIFEST)
        if info.file_size > _MANIFEST_BYTES:
            raise BundleError("this bundle's manifest is too large to be one.")
        manifest = json.loads(archive.read(MANIFEST))
        files = manifest["files"]
        if manifest["format"] != FORMAT:
            raise BundleError(
                f"this bundle has format {manifest['format']}, and this version reads {FORMAT}. "
                "Run the bundle itself: python3 FILE."
            )
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError("this is not a bundle: it has no manifest that can be read.") from error
    seen: set[str] = set()
    for member in archive.infolist():
        _check_member(member, files, seen)
    if missing := set(files) - seen:
        raise BundleError(f"this bundle is not whole: {min(missing)} is missing.")
    return dict(manifest)


def _check_member(member: zipfile.ZipInfo, files: dict[str, Any], seen: set[str]) -> None:
    name = member.filename
    if name in seen:
        raise BundleError(f"this bundle has {name!r} twice.")
    seen.add(name)
    if name in (MANIFEST, MAIN):
        return
    path = PurePosixPath(name)
    plain = len(path.parts) == 2 and path.parts[0] in (WHEELS, IMAGES, TOOLS)
    if not plain or path.parts[1] in ("..", ".") or str(path) != name or "\\" in name:
        raise BundleError(f"this bundle has a file that would go elsewhere: {name!r}.")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BundleError(f"this bundle has something that is no plain file: {name!r}.")
    if name not in files or member.file_size != files[name]["bytes"]:
        raise BundleError(f"this bundle's manifest does not fit {name!r}.")


def _check_fits(manifest: dict[str, Any]) -> None:
    ours = this_platform()
    for what in ("python", "system", "machine"):
        if manifest[what] != ours[what]:
            raise BundleError(
                f"this bundle is for {what} {manifest[what]}, and this is {ours[what]}. "
                "Make one on a machine like this one, or run it with that Python."
            )


def this_platform() -> dict[str, str]:
    """What wheels depend on."""
    return {
        "python": sysconfig.get_python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
    }


def _load(archive: zipfile.ZipFile, manifest: dict[str, Any], place: Path, say: Say) -> Loaded:
    _check_place(place, manifest)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".gitops-lab-") as scratch:
        wheels = Path(scratch, WHEELS)
        say(f"Unpack {len(manifest['files'])} files, and compare their hashes …")
        for name in manifest["files"]:
            if not name.startswith(f"{IMAGES}/"):
                _extract(archive, name, manifest, Path(scratch))
        say(f"Install gitops-lab {manifest['version']} into {place} …")
        _install(place, wheels, manifest)
        for name in sorted(n for n in manifest["files"] if n.startswith(f"{TOOLS}/")):
            tool = place / "bin" / PurePosixPath(name).name
            shutil.move(str(Path(scratch, name)), tool)
            tool.chmod(0o755)
    images, problem = _load_images(archive, manifest, place, say)
    return Loaded(place / "bin" / _PACKAGE, manifest["version"], images, problem)


def _check_place(place: Path, manifest: dict[str, Any]) -> None:
    if place.exists() and any(place.iterdir()) and not (place / "pyvenv.cfg").exists():
        raise BundleError(f"{place} is in the way: name another folder.")
    above = next(each for each in (place, *place.parents) if each.exists())
    sizes = (file["bytes"] for name, file in manifest["files"].items() if WHEELS in name)
    wanted = int(sum(sizes) * _ROOM)
    free = shutil.disk_usage(above).free
    if free < wanted:
        raise BundleError(
            f"{above} has {free / 1e6:.0f} MB left and {wanted / 1e6:.0f} MB are needed. "
            "Make room, or name a folder on another disk."
        )


def _extract(archive: zipfile.ZipFile, name: str, manifest: dict[str, Any], into: Path) -> Path:
    """Write one file below `into`, reading no more than the manifest says. Raises BundleError."""
    told = manifest["files"][name]
    target = into / PurePosixPath(name)
    target.parent.mkdir(exist_ok=True)
    digest, left = hashlib.sha256(), int(told["bytes"])
    with archive.open(name) as source, target.open("xb") as out:
        while block := source.read(min(_BLOCK, left + 1)):
            left -= len(block)
            digest.update(block)
            if left < 0:
                break
            out.write(block)
    if left != 0 or digest.hexdigest() != told["sha256"]:
        target.unlink()
        raise BundleError(
            f"{name} in this bundle is not what its manifest says: the file was damaged or "
            "changed. Copy it again."
        )
    return target


def _install(place: Path, wheels: Path, manifest: dict[str, Any]) -> None:
    """A new environment without pip in it; the pip that installs is run out of its wheel."""
    venv.EnvBuilder(clear=True, with_pip=False, symlinks=True).create(place)
    pip = next(wheels.glob("pip-*.whl"), None)
    if pip is None:
        raise BundleError("this bundle has no pip to install with.")
    command = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-index"]
    command += ["--find-links", str(wheels), "--no-cache-dir", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, f"{_PACKAGE}=={manifest['version']}"],
        env={**_clean_environment(), "PYTHONPATH": str(pip)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(place, ignore_errors=True)
        raise BundleError(f"the packages can't be installed: {done.stderr.strip()[-800:]}")


def _clean_environment() -> dict[str, str]:
    drop = ("PIP_", "PYTHON", "VIRTUAL_ENV")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(drop)}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def _load_images(
    archive: zipfile.ZipFile, manifest: dict[str, Any], place: Path, say: Say
) -> tuple[tuple[str, ...], str]:
    names = sorted(name for name in manifest["files"] if name.startswith(f"{IMAGES}/"))
    if not names:
        return (), ""
    program = os.environ.get("KIND_EXPERIMENTAL_PROVIDER") or "docker"
    if not shutil.which(program):
        return (), f"{program} is not installed, so its images were left out"
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".gitops-lab-") as scratch:
        for name in names:
            say(f"Load {PurePosixPath(name).name} into {program} …")
            path = _extract(archive, name, manifest, Path(scratch))
            done = subprocess.run(
                [program, "load", "--quiet", "--input", str(path)],
                capture_output=True,
                text=True,
                timeout=_DOCKER_SECONDS,
                check=False,
            )
            if done.returncode:
                return (), f"{program} took no image: {done.stderr.strip()[-300:]}"
            path.unlink()
    return tuple(manifest["images"]), ""


def main(arguments: list[str]) -> int:
    """`python3 FILE [FOLDER]`, run out of the bundle itself."""
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        print("usage: python3 FILE [FOLDER]   (FOLDER is ./gitops-lab-VERSION if not named)")
        return 2
    into = Path(arguments[0]) if arguments else None
    try:
        loaded = load(Path(sys.argv[0]).resolve(), into)
    except BundleError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 3
    print(f"Done. Try: {loaded.command} demo first-sync")
    if loaded.problem:
        print(f"Without kind: {loaded.problem}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
