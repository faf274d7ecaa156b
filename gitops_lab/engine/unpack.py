"""Taking an archive apart below a folder: what would land elsewhere is refused.

`tarfile` has had this of its own only since Python 3.11.4 (`filter="data"`).
"""

import posixpath
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path


def unpack(
    archive: tarfile.TarFile, folder: Path, members: Iterable[tarfile.TarInfo] | None = None
) -> None:
    """Write files, folders and links of an archive, all of them or `members`.

    Raises tarfile.TarError for a path or a link that leads out of the folder, and for devices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    for member in archive if members is None else members:
        target = _inside(root, member.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member) if member.isfile() else None
        if member.isdir():
            target.mkdir(exist_ok=True)
        elif content is not None:
            with content, target.open("xb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
        elif member.issym():
            _inside(root, posixpath.join(posixpath.dirname(member.name), member.linkname))
            target.symlink_to(member.linkname)
        else:
            raise tarfile.ExtractError(f"{member.name} is neither file, folder nor link")


def unpack_file(file: Path, folder: Path) -> None:
    """All of an archive on disk. Raises OSError and tarfile.TarError."""
    with tarfile.open(file) as archive:
        unpack(archive, folder)


def _inside(root: Path, name: str) -> Path:
    """Where a path of an archive is, links on the way followed."""
    path = posixpath.normpath(name)
    if path == ".":
        return root
    if path.startswith(("/", "../")) or path == ".." or "\\" in path:
        raise tarfile.ExtractError(f"{name} leads out of the archive")
    target = root / path
    if not target.parent.resolve().is_relative_to(root):
        raise tarfile.ExtractError(f"{name} leads out of the archive by a link")
    return target
