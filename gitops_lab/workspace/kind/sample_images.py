"""Brings the samples' images into a cluster."""

from pathlib import Path

from gitops_lab.samples.images import fingerprint, write_images
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.kind import refusals, tool


def archive(home: Path) -> Path:
    """The archive of all samples' images; made when it isn't there. Older ones are removed."""
    folder = home / "images"
    path = folder / f"samples-{fingerprint()}.tar"
    if not path.exists():
        write_images(path)
        for old in folder.glob("samples-*.tar"):
            if old != path:
                old.unlink(missing_ok=True)
    return path


def load(folder: Folder, cluster: str, log: Path) -> None:
    """Load them into every node. Raises WorkspaceError."""
    path = archive(folder.home)
    code, said = tool.run(["load", "image-archive", str(path), "--name", cluster], log)
    if code:
        raise refusals.image_not_loaded(said, str(log))
