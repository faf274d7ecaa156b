"""Container images written by hand: layers as tar files, images as an archive of `docker save`.

`docker load`, `kind load image-archive` and `ctr images import` all read it, so an image needs no
Docker to be built and no registry to be kept. The same content gives the same bytes.
"""

import hashlib
import io
import json
import os
import platform
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_CREATED = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Layer:
    """A tar file on disk with the digest of its content."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Image:
    """An image as its Dockerfile would say it."""

    reference: str
    layers: tuple[Layer, ...]
    entrypoint: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def architecture() -> str:
    """This machine's, in the words of images."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


class LayerWriter:
    """Adds files to a layer; all that it adds belong to root and have no time."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._folders = {member.name for member in tar.getmembers() if member.isdir()}

    def add(self, source: Path, name: str, mode: int | None = None) -> None:
        """A file or symbolic link of this machine, under a name in the image."""
        member = self._tar.gettarinfo(source, arcname=name.lstrip("/"))
        if member.islnk():  # a second name of the same file here is a file of its own there
            member.type, member.size = tarfile.REGTYPE, source.stat().st_size
        if mode is not None:
            member.mode = mode
        if member.isreg():
            with source.open("rb") as content:
                self.member(member, content)
        else:
            self.member(member)

    def text(self, name: str, text: str | bytes, mode: int = 0o644) -> None:
        """A file with this content."""
        content = text.encode() if isinstance(text, str) else text
        member = tarfile.TarInfo(name.lstrip("/"))
        member.size, member.mode = len(content), mode
        self.member(member, io.BytesIO(content))

    def link(self, name: str, target: str) -> None:
        """A symbolic link."""
        member = tarfile.TarInfo(name.lstrip("/"))
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
        self.member(member)

    def folder(self, name: str, mode: int = 0o755) -> None:
        """A folder, with those above it; nothing when it is there."""
        for path in (*reversed(PurePosixPath(name.strip("/")).parents), PurePosixPath(name)):
            plain = path.as_posix().strip("/")
            if plain in ("", ".") or plain in self._folders:
                continue
            self._folders.add(plain)
            member = tarfile.TarInfo(plain)
            member.type, member.mode = tarfile.DIRTYPE, mode
            self._tar.addfile(member)

    def member(self, member: tarfile.TarInfo, content: BinaryIO | Any = None) -> None:
        """A member as tarfile has it; the folders above it are made."""
        if member.isdir():
            self._folders.add(member.name.strip("/"))
        else:
            self.folder(PurePosixPath("/" + member.name).parent.as_posix())
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        self._tar.addfile(member, content)


@contextmanager
def new_layer(path: Path) -> Iterator[LayerWriter]:
    """Write a layer to a tar file, which is there when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with tarfile.open(fresh, "w", format=tarfile.GNU_FORMAT) as tar:
        yield LayerWriter(tar)
    fresh.replace(path)


def layer_of(path: Path) -> Layer:
    """A written layer with its digest."""
    with path.open("rb") as file:
        return Layer(path, hashlib.file_digest(file, "sha256").hexdigest())


def write_archive(path: Path, images: Sequence[Image]) -> None:
    """Write the images to one archive; layers that they share are in it once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with tarfile.open(fresh, "w", format=tarfile.GNU_FORMAT) as tar:
        writer = LayerWriter(tar)
        for layer in _distinct(images):
            writer.add(layer.path, _layer_name(layer), 0o644)
        manifest = []
        for image in images:
            config = json.dumps(_config(image), sort_keys=True).encode()
            name = f"{hashlib.sha256(config).hexdigest()}.json"
            writer.text(name, config)
            layers = [_layer_name(layer) for layer in image.layers]
            manifest.append({"Config": name, "RepoTags": [image.reference], "Layers": layers})
        writer.text("manifest.json", json.dumps(manifest))
    fresh.replace(path)


def _distinct(images: Iterable[Image]) -> list[Layer]:
    return list({layer.digest: layer for image in images for layer in image.layers}.values())


def _layer_name(layer: Layer) -> str:
    return f"{layer.digest}/layer.tar"


def _config(image: Image) -> dict[str, Any]:
    return {
        "architecture": architecture(),
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": [f"{name}={value}" for name, value in sorted(image.environment.items())],
            "ExposedPorts": {f"{port}/tcp": {} for port in image.ports},
            "Labels": dict(image.labels),
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{x.digest}" for x in image.layers]},
        "history": [{"created": _CREATED, "created_by": "gitops-lab"} for _ in image.layers],
    }
