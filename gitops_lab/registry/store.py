"""Manifests, tags and blobs in a folder, each blob once under its digest.

    blobs/sha256/HEX
    repositories/NAME/_manifests/HEX     the media type; the content is the blob
    repositories/NAME/_tags/TAG          the digest
    repositories/NAME/_blobs/HEX         empty: the repository has this blob
    uploads/ID                           what has come so far

A name's part can't begin with an underscore, so the folders never meet.
"""

import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.registry.errors import (
    BlobUnknown,
    DigestInvalid,
    ManifestUnknown,
    NameUnknown,
    TooLarge,
    UploadUnknown,
)
from gitops_lab.registry.manifests import MANIFEST_BYTES, check_manifest
from gitops_lab.registry.names import check_digest, check_name, check_tag, is_digest

BLOB_BYTES = 512 * 1024 * 1024
TOTAL_BYTES = 4 * 1024 * 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index as it was pushed."""

    digest: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Pushed:
    """A manifest has come: under a tag, or only under its digest."""

    repository: str
    tag: str
    digest: str


class RegistryStore:
    """One registry's content. Thread-safe; what is there is there whole."""

    def __init__(
        self, root: Path, *, blob_bytes: int = BLOB_BYTES, total_bytes: int = TOTAL_BYTES
    ) -> None:
        self._blobs = root / "blobs" / "sha256"
        self._repositories = root / "repositories"
        self._uploads = root / "uploads"
        self.blob_bytes = blob_bytes
        self._total = total_bytes
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Pushed], None]] = []
        for folder in (self._blobs, self._repositories):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._uploads, ignore_errors=True)
        self._uploads.mkdir()
        self._size = sum(path.stat().st_size for path in self._blobs.iterdir())

    def subscribe(self, listener: Callable[[Pushed], None]) -> Callable[[], None]:
        """Call for each manifest that comes; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- reading

    def names(self) -> list[str]:
        """All repositories, sorted."""
        found = self._repositories.rglob("_manifests")
        return sorted(path.parent.relative_to(self._repositories).as_posix() for path in found)

    def tags(self, name: str) -> list[str]:
        """The tags of a repository, in lexical order. Raises NameUnknown."""
        folder = self._repository(name) / "_tags"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def manifest(self, name: str, reference: str) -> Manifest:
        """By tag or digest. Raises NameUnknown and ManifestUnknown."""
        folder = self._repository(name)
        digest = reference if is_digest(reference) else self._tagged(folder, name, reference)
        try:
            media_type = (folder / "_manifests" / _hex(digest)).read_text()
            content = self._blob(digest).read_bytes()
        except FileNotFoundError as error:
            raise _no_manifest(name, reference, self.tags(name)) from error
        return Manifest(digest, media_type, content)

    def manifests(self, name: str) -> list[str]:
        """The digests of all manifests of a repository. Raises NameUnknown."""
        folder = self._repository(name) / "_manifests"
        return [f"sha256:{path.name}" for path in sorted(folder.iterdir())]

    def blob(self, name: str, digest: str) -> bytes:
        """The content. Raises BlobUnknown."""
        return self.blob_path(name, digest).read_bytes()

    def blob_path(self, name: str, digest: str) -> Path:
        """The file of a blob, which nobody may change. Raises BlobUnknown."""
        place = self._repositories / check_name(name)
        hexed = _hex(check_digest(digest))
        owned = any((place / kind / hexed).exists() for kind in ("_blobs", "_manifests"))
        if not owned or not self._blob(digest).is_file():
            raise BlobUnknown(f"{name} has no blob {digest}.")
        return self._blob(digest)

    def has_blob(self, name: str, digest: str) -> bool:
        """Whether a repository has a blob."""
        try:
            self.blob_path(name, digest)
        except BlobUnknown:
            return False
        return True

    # -- writing

    def put_blob(self, name: str, content: bytes) -> str:
        """Keep a blob; its digest. Raises TooLarge."""
        upload = self.begin(name)
        self.append(upload, content)
        return self.finish(name, upload, f"sha256:{hashlib.sha256(content).hexdigest()}")

    def put_manifest(self, name: str, reference: str, media_type: str, content: bytes) -> str:
        """Keep a manifest under a tag or its digest; its digest.

        Raises ManifestInvalid, ManifestBlobUnknown, DigestInvalid, NameInvalid and TooLarge.
        """
        check_name(name)
        if len(content) > MANIFEST_BYTES:
            raise TooLarge(f"a manifest may have {MANIFEST_BYTES >> 20} MB at most.")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if is_digest(reference) and reference != digest:
            raise DigestInvalid(f"the manifest has the digest {digest}, not {reference}.")
        tag = "" if is_digest(reference) else check_tag(reference)
        media_type = check_manifest(self, name, media_type, content)
        with self._lock:
            self.put_blob(name, content)
            folder = self._repositories / name
            _write(folder / "_manifests" / _hex(digest), media_type)
            if tag:
                _write(folder / "_tags" / tag, digest)
        for listener in list(self._listeners):
            listener(Pushed(name, tag, digest))
        return digest

    def mount(self, name: str, digest: str, other: str) -> bool:
        """Take a blob over from another repository; whether that has it."""
        if not self.has_blob(other, digest):
            return False
        _write(self._repositories / check_name(name) / "_blobs" / _hex(digest), "")
        return True

    def delete_manifest(self, name: str, reference: str) -> None:
        """A tag alone, or a manifest with all its tags. Raises ManifestUnknown."""
        manifest = self.manifest(name, reference)
        folder = self._repository(name)
        with self._lock:
            if not is_digest(reference):
                (folder / "_tags" / reference).unlink()
                return
            for tag in self.tags(name):
                if (folder / "_tags" / tag).read_text() == manifest.digest:
                    (folder / "_tags" / tag).unlink()
            (folder / "_manifests" / _hex(manifest.digest)).unlink()
            (folder / "_blobs" / _hex(manifest.digest)).unlink(missing_ok=True)

    def delete_blob(self, name: str, digest: str) -> None:
        """The repository has it no more. Raises BlobUnknown."""
        self.blob_path(name, digest)
        (self._repository(name) / "_blobs" / _hex(digest)).unlink(missing_ok=True)

    # -- uploads

    def begin(self, name: str) -> str:
        """Begin an upload; its id."""
        check_name(name)
        upload = uuid.uuid4().hex
        (self._uploads / upload).touch()
        return upload

    def uploaded(self, upload: str) -> int:
        """Bytes that have come so far. Raises UploadUnknown."""
        return self._upload(upload).stat().st_size

    def append(self, upload: str, content: bytes) -> None:
        """Add to an upload. Raises UploadUnknown and TooLarge."""
        path = self._upload(upload)
        size = path.stat().st_size + len(content)
        if size > self.blob_bytes or self._size + size > self._total:
            path.unlink()
            raise TooLarge(
                f"a blob may have {self.blob_bytes >> 20} MB at most, and all of them together "
                f"{self._total >> 20} MB.",
                hint="Remove the workspace's old images, or push smaller ones.",
            )
        with path.open("ab") as file:
            file.write(content)

    def cancel(self, upload: str) -> None:
        """Forget an upload. Raises UploadUnknown."""
        self._upload(upload).unlink()

    def finish(self, name: str, upload: str, digest: str) -> str:
        """The upload becomes a blob. Raises DigestInvalid and UploadUnknown."""
        path = self._upload(upload)
        check_digest(digest)
        with path.open("rb") as file:
            actual = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        if actual != digest:
            path.unlink()
            raise DigestInvalid(f"what came has the digest {actual}, not {digest}.")
        with self._lock:
            if self._blob(digest).is_file():
                path.unlink()
            else:
                self._size += path.stat().st_size
                path.replace(self._blob(digest))
            _write(self._repositories / check_name(name) / "_blobs" / _hex(digest), "")
        return digest

    def _repository(self, name: str) -> Path:
        folder = self._repositories / check_name(name)
        if not (folder / "_manifests").is_dir():
            known = ", ".join(self.names()[:20]) or "none yet"
            raise NameUnknown(
                f"the registry has no repository {name!r}.", hint=f"There are: {known}."
            )
        return folder

    def _tagged(self, folder: Path, name: str, tag: str) -> str:
        try:
            return (folder / "_tags" / check_tag(tag)).read_text()
        except FileNotFoundError as error:
            raise _no_manifest(name, tag, self.tags(name)) from error

    def _blob(self, digest: str) -> Path:
        return self._blobs / _hex(digest)

    def _upload(self, upload: str) -> Path:
        path = self._uploads / upload
        if not upload.isalnum() or not path.is_file():
            raise UploadUnknown("there is no such upload.", hint="Begin it anew.")
        return path


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


def _no_manifest(name: str, reference: str, tags: list[str]) -> ManifestUnknown:
    known = ", ".join(tags[-12:]) or "none"
    return ManifestUnknown(f"{name} has no {reference!r}.", hint=f"Its tags are: {known}.")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    making.write_text(text)
    os.replace(making, path)
