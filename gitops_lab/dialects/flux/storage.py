"""The artifacts of Flux's sources: archives in a folder, as source-controller keeps them, and their
files unpacked for those who build from them.

The URL of an artifact is the one that source-controller would advertise in the cluster. Nobody
serves it here: who needs an artifact asks this store, by its path.
"""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.unpack import unpack

HOST = "source-controller.flux-system.svc.cluster.local."
_UNPACKED_KEPT = 64
_FILE, _PROGRAM = 0o644, 0o755

Artifact = dict[str, Any]
"""`.status.artifact`: path, url, revision, digest, size, lastUpdateTime, maybe metadata."""


class ArtifactMissing(Exception):
    """An artifact that a status names is not in the store, or not what it was."""


class Storage:
    """Archives below a folder. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self._root = root / "artifacts"
        self._unpacked = root / "unpacked"
        self._lock = threading.Lock()

    def archive(
        self,
        place: tuple[str, str, str],
        file: str,
        revision: str,
        folder: Path,
        *,
        leave_out: Callable[[str], bool] = lambda path: False,
    ) -> Artifact:
        """Pack a folder; `place` is (kind, namespace, name) and `leave_out` gets relative paths.

        The same files give the same digest.
        """
        return self.put(place, file, revision, _packed(folder, leave_out))

    def put(
        self,
        place: tuple[str, str, str],
        file: str,
        revision: str,
        content: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> Artifact:
        """Keep an archive as it is, such as a chart or the layer of an image."""
        path = "/".join((*_folder_of(place), file))
        target = self._root / path
        with self._lock:
            target.parent.mkdir(parents=True, exist_ok=True)
            making = target.with_name(f".{uuid.uuid4().hex}")
            making.write_bytes(content)
            making.replace(target)
        artifact: Artifact = {
            "path": path,
            "url": f"http://{HOST}/{path}",
            "revision": revision,
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "size": len(content),
            "lastUpdateTime": stamp(now()),
        }
        return {**artifact, "metadata": dict(metadata)} if metadata else artifact

    def exists(self, artifact: Mapping[str, Any] | None) -> bool:
        """Whether an artifact is there, and as it was."""
        try:
            self.content(artifact or {})
        except ArtifactMissing:
            return False
        return True

    def content(self, artifact: Mapping[str, Any]) -> bytes:
        """The archive itself. Raises ArtifactMissing."""
        try:
            content = (self._root / _safe(str(artifact.get("path", "")))).read_bytes()
        except OSError as error:
            raise ArtifactMissing(f"{artifact.get('path')} is not in storage") from error
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != artifact.get("digest"):
            raise ArtifactMissing(f"{artifact.get('path')} is not what its digest says")
        return content

    def folder(self, artifact: Mapping[str, Any]) -> Path:
        """The artifact's files, which nobody may change. Raises ArtifactMissing."""
        content = self.content(artifact)
        target = self._unpacked / str(artifact["digest"]).partition(":")[2]
        with self._lock:
            if target.is_dir():
                os.utime(target)
                return target
            making = self._unpacked / f".{uuid.uuid4().hex}"
            making.mkdir(parents=True)
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as archive:
                unpack(archive, making)
            making.rename(target)
            self._collect(target)
        return target

    def keep_only(self, place: tuple[str, str, str], artifact: Mapping[str, Any] | None) -> None:
        """Remove the archives of a source but this one; None removes them all."""
        folder = self._root.joinpath(*_folder_of(place))
        if artifact is None:
            shutil.rmtree(folder, ignore_errors=True)
            return
        kept = str(artifact.get("path", "")).rpartition("/")[2]
        for path in folder.glob("*"):
            if path.name != kept:
                path.unlink(missing_ok=True)

    def _collect(self, fresh: Path) -> None:
        known = sorted(self._unpacked.glob("[!.]*"), key=lambda path: path.stat().st_mtime)
        for path in known[:-_UNPACKED_KEPT]:
            if path != fresh:
                shutil.rmtree(path, ignore_errors=True)


def _folder_of(place: tuple[str, str, str]) -> tuple[str, str, str]:
    kind, namespace, name = place
    return kind.lower(), namespace, name


def _safe(path: str) -> str:
    """A status can be written by anybody: its path must not lead out of the store."""
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise ArtifactMissing(f"{path!r} is no path of an artifact")
    return path


def _packed(folder: Path, leave_out: Callable[[str], bool]) -> bytes:
    """A tar.gz of files and links in the order of their names, without times and owners."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for relative, path in _files(folder):
            if leave_out(relative):
                continue
            content = path.read_bytes()
            entry = tarfile.TarInfo(relative)
            entry.size = len(content)
            entry.mode = _PROGRAM if os.access(path, os.X_OK) else _FILE
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files by relative path; of links what they lead to, if that is a file below the folder."""
    root = folder.resolve()
    for current, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(current, name)
            if path.resolve().is_relative_to(root) and path.is_file():
                yield path.relative_to(folder).as_posix(), path
