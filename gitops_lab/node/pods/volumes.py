"""Volumes as folders: ConfigMaps and Secrets as files, replaced all at once when they change.

Nothing that a manifest or an object names can lead out of the pod's own folder.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gitops_lab.kube.objects import Object
from gitops_lab.node import claims
from gitops_lab.node.pods.downward import PodAddress, field, resource
from gitops_lab.node.pods.environment import Reference, Sources, data_of

_FROM_OBJECT = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}
_DEFAULT_MODE = 0o644
TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class TokenWanted:
    """A service account's token that a volume asks for; without an audience it is for the API."""

    audience: str
    seconds: int

    @classmethod
    def of(cls, source: Object) -> "TokenWanted":
        """From a `serviceAccountToken` source."""
        seconds = int(source.get("expirationSeconds") or TOKEN_SECONDS)
        return cls(source.get("audience", ""), seconds)


class MountError(Exception):
    """A volume can't be made; the message is what a kubelet says after the volume's name."""


@dataclass(frozen=True)
class File:
    """One file of a projected volume."""

    content: bytes
    mode: int = _DEFAULT_MODE


Files = dict[str, File]  # by path relative to the volume


@dataclass(frozen=True)
class VolumeSources:
    """What the volumes of a pod are filled from."""

    objects: Sources
    address: PodAddress
    tokens: Mapping["TokenWanted", str]


def references(pod: Object) -> list[Reference]:
    """The ConfigMaps, Secrets and claims that the pod's volumes are filled from."""
    filled = [
        found for volume in pod["spec"].get("volumes") or [] for found in volume_references(volume)
    ]
    return [*filled, *((claims.KIND, name) for name in claims.claim_names(pod))]


def volume_references(volume: Object) -> list[Reference]:
    """The ConfigMaps and Secrets of one volume."""
    found: list[Reference] = []
    for source in (volume, *((volume.get("projected") or {}).get("sources") or [])):
        for key, (kind, name) in _FROM_OBJECT.items():
            if declared := source.get(key):
                found.append((kind, declared.get(name) or declared.get("name", "")))
    return found


def tokens_wanted(pod: Object) -> list[TokenWanted]:
    """The service account's tokens that the pod's volumes ask for."""
    return [
        TokenWanted.of(source["serviceAccountToken"])
        for volume in pod["spec"].get("volumes") or []
        for source in (volume.get("projected") or {}).get("sources") or []
        if source.get("serviceAccountToken")
    ]


def is_projected(volume: Object) -> bool:
    """Whether the volume is files made from objects (else it is plain storage)."""
    return any(key in volume for key in (*_FROM_OBJECT, "projected", "downwardAPI"))


def files_of(pod: Object, volume: Object, sources: VolumeSources) -> Files:
    """All files of a projected volume. Raises MountError."""
    if projected := volume.get("projected"):
        mode = projected.get("defaultMode", _DEFAULT_MODE)
        files: Files = {}
        for source in projected.get("sources") or []:
            files.update(_files(pod, source, sources, mode))
        return files
    return _files(pod, volume, sources, _DEFAULT_MODE)


def _files(pod: Object, source: Object, sources: VolumeSources, mode: int) -> Files:
    for key, (kind, name) in _FROM_OBJECT.items():
        if (declared := source.get(key)) is not None:
            reference = (kind, declared.get(name) or declared.get("name", ""))
            return _object_files(pod, reference, declared, sources.objects, mode)
    if declared := source.get("downwardAPI"):
        return _downward_files(pod, declared, sources.address, mode)
    if declared := source.get("serviceAccountToken"):
        token = sources.tokens.get(TokenWanted.of(declared), "")
        return {_safe(declared["path"]): File(token.encode(), mode)}
    raise MountError(f"a volume source of this kind is not offered: {', '.join(source)}")


def _object_files(
    pod: Object, reference: Reference, declared: Object, objects: Sources, mode: int
) -> Files:
    kind, name = reference
    obj = objects.get(reference)
    optional = declared.get("optional", False)
    if obj is None:
        if optional:
            return {}
        raise MountError(f'{kind.lower()} "{name}" not found')
    data = data_of(kind, obj)
    mode = declared.get("defaultMode", mode)
    if not declared.get("items"):
        return {_safe(key): File(value, mode) for key, value in data.items()}
    files: Files = {}
    for item in declared["items"]:
        if item["key"] in data:
            files[_safe(item["path"])] = File(data[item["key"]], item.get("mode", mode))
        elif not optional:
            raise MountError(f"{kind.lower()} references non-existent config key: {item['key']}")
    return files


def _downward_files(pod: Object, declared: Object, address: PodAddress, mode: int) -> Files:
    mode = declared.get("defaultMode", mode)
    files: Files = {}
    for item in declared.get("items") or []:
        try:
            if reference := item.get("fieldRef"):
                text = field(pod, reference["fieldPath"], address)
            else:
                text = resource(pod, item["resourceFieldRef"], "")
        except KeyError as error:
            raise MountError(f"unsupported fieldPath: {error.args[0]}") from error
        files[_safe(item["path"])] = File(text.encode(), item.get("mode", mode))
    return files


def _safe(path: str) -> str:
    """A path inside the volume. Raises MountError for one that leads out of it."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or parts[0].startswith(".."):
        raise MountError(f"invalid path: must be relative and not lead out of the volume: {path}")
    return "/".join(parts)


def write_files(folder: Path, files: Files) -> bool:
    """Make the folder hold exactly these files; whether anything changed.

    As in Kubernetes: the files stand in a folder of their own, `..data` links to it and is
    replaced in one step, and the names that a reader uses link through `..data`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "..data"
    if link.is_symlink() and _content(link) == files:
        return False
    fresh = Path(tempfile.mkdtemp(prefix="..", dir=folder))
    fresh.chmod(0o755)
    for path, file in files.items():
        target = fresh / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(file.mode)
    old = os.readlink(link) if link.is_symlink() else None
    _relink(link, fresh.name)
    _publish(folder, {path.partition("/")[0] for path in files})
    if old:
        shutil.rmtree(folder / old, ignore_errors=True)
    return True


def _content(folder: Path) -> Files:
    return {
        str(path.relative_to(folder)): File(path.read_bytes(), path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _relink(link: Path, target: str) -> None:
    temporary = link.with_name(link.name + "_tmp")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    temporary.symlink_to(target)
    os.replace(temporary, link)


def _publish(folder: Path, names: set[str]) -> None:
    for entry in folder.iterdir():
        if entry.is_symlink() and not entry.name.startswith("..") and entry.name not in names:
            entry.unlink()
    for name in names:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


def mount(root: Path, volumes: Path, mounts: Iterable[Object]) -> None:
    """Link each mount of a container into its root folder. Raises MountError."""
    for declared in sorted(mounts, key=lambda one: len(PurePosixPath(one["mountPath"]).parts)):
        target = _inside(root, PurePosixPath(declared["mountPath"]), (root, volumes))
        source = volumes / declared["name"]
        if sub_path := declared.get("subPath"):
            _link_part(target, source, sub_path)
        else:
            _link(target, source)


def _inside(root: Path, path: PurePosixPath, allowed: tuple[Path, ...]) -> Path:
    """The place of a mount path below the root, its parents made."""
    parts = [part for part in path.parts if part != "/"]
    if not parts or ".." in parts:
        raise MountError(f"invalid mount path: {path}")
    target = root.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    parent = target.parent.resolve()
    if not any(parent.is_relative_to(folder.resolve()) for folder in allowed):
        raise MountError(f"the mount path leads out of the pod: {path}")
    return target


def _link_part(target: Path, volume: Path, sub_path: str) -> None:
    """A subPath: a folder is linked; a file keeps the content that it has now, as in life."""
    wanted = PurePosixPath(sub_path)
    if wanted.is_absolute() or ".." in wanted.parts:
        raise MountError(f"subPath leads out of the volume: {sub_path}")
    source = (volume / wanted).resolve()
    if not source.is_relative_to(volume.resolve()):
        raise MountError(f"subPath leads out of the volume: {sub_path}")
    if source.is_file():
        target.unlink(missing_ok=True)
        os.link(source, target)
        return
    source.mkdir(parents=True, exist_ok=True)
    _link(target, source)


def _link(target: Path, source: Path) -> None:
    if target.is_symlink():
        target.unlink()
    elif target.is_dir():
        shutil.rmtree(target)
    target.symlink_to(source)
