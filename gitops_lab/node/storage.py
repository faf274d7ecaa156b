"""The folders behind persistent volumes: they outlive pods, and go with their volume."""

import shutil
from pathlib import Path

from gitops_lab.kube.objects import Object, name_of


class Storage:
    """One folder a volume, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, volume: str) -> Path:
        """The folder of a volume, made if it is not there. Raises ValueError, OSError."""
        path = self._path(volume)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def volume_deleted(self, volume: Object) -> None:
        """Remove what a deleted volume held, unless its policy is to retain it."""
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            shutil.rmtree(self._path(name_of(volume)), ignore_errors=True)

    def _path(self, volume: str) -> Path:
        path = self._root / volume
        if not volume or path.parent != self._root or volume in (".", ".."):
            raise ValueError(f"not a name of a volume: {volume!r}")
        return path
