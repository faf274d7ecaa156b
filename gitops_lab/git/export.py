"""Writing what a commit holds into a folder, so that nothing in it can lead out of that folder."""

import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.errors import Place
from gitops_lab.git.errors import TooLarge, UnsafePath
from gitops_lab.git.names import is_safe_part
from gitops_lab.git.objects import ObjectReader, TreeEntry
from gitops_lab.git.trees import TreeFile, walk

_LINK_TARGET = 4096
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Limits:
    """How much an export may write; sizes in bytes."""

    file_bytes: int = 10 * 1024 * 1024
    total_bytes: int = 200 * 1024 * 1024
    files: int = 20_000


@dataclass(frozen=True)
class Written:
    """A file that an export wrote, and its size in bytes."""

    path: str
    size: int


Content = tuple[str, bool]
"""What a file is, whatever its name: the blob's sha, and whether it may be run."""


class TreeExport:
    """One export of one tree. Raises UnsafePath and TooLarge; what it wrote then is incomplete.

    `prefix` is where the tree stands in its repository, for the places that errors name. `known`
    are read-only files of earlier exports: what has not changed since gets a second name instead
    of being written again. `leave_out` says of a path whether it does not count. `written` is what
    this export adds to the known ones, relative to its folder.
    """

    def __init__(
        self,
        reader: ObjectReader,
        *,
        limits: Limits | None = None,
        prefix: str = "",
        known: Callable[[Content], Written | None] = lambda _: None,
        leave_out: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.written: dict[Content, Written] = {}
        self._known = known
        self._leave_out = leave_out
        self._reader = reader
        self._limits = limits or Limits()
        self._prefix = prefix
        self._into = Path()
        self._files = 0
        self._written = 0
        self._links: list[TreeFile] = []
        self._folders: set[str] = set()

    def write(self, parts: Mapping[str, TreeEntry], into: Path) -> None:
        """Write folders and files (path -> what stands there; "" is the whole) into a folder.

        The folder must exist and be empty. Links are made after all files, so nothing is ever
        written through one.
        """
        self._into = into
        for at, entry in parts.items():
            for file in self._below(at, entry):
                if not self._leave_out(file.path):
                    self._write_entry(file)
        for link in self._links:
            self._write_link(link)
        self._refuse_links_that_lead_out()

    def _below(self, at: str, entry: TreeEntry) -> Iterator[TreeFile]:
        if not entry.is_tree:
            yield TreeFile(at, entry)
            return
        for file in walk(self._reader, entry.sha):
            yield TreeFile(posixpath.join(at, file.path), file.entry)

    def _write_entry(self, file: TreeFile) -> None:
        self._files += 1
        if self._files > self._limits.files:
            raise TooLarge(
                f"there are more than {self._limits.files:,} files.",
                hint="Point the App at a smaller path.",
            )
        if not all(is_safe_part(part) for part in file.path.split("/")):
            raise UnsafePath(f"{file.path!r} is not a name that can be written.")
        if file.entry.is_submodule:
            raise UnsafePath(
                f"{file.path!r} is a submodule; its content is not in this repository.",
                hint="Commit the files themselves, move the submodule out of this path, or have it "
                "followed: that takes the commit that it names, in a repository of the workspace.",
                place=self._place(file.path),
            )
        if file.entry.is_link:
            self._check_target(file, self._target(file))
            self._links.append(file)
        else:
            self._write_file(file)

    def _write_file(self, file: TreeFile) -> None:
        self._make_folder(posixpath.dirname(file.path))
        same = (file.entry.sha, bool(file.entry.mode & 0o111))
        size = self._linked(file, same)
        if size is None:
            size = self._new(file, 0o555 if same[1] else 0o444)
        self.written[same] = Written(file.path, size)

    def _linked(self, file: TreeFile, same: Content) -> int | None:
        """Give a file of an earlier export this name, too. None where that can't be done."""
        known = self._known(same)
        if known is None or known.size > self._limits.file_bytes:
            return None
        self._count(known.size)
        try:
            os.link(known.path, f"{self._into}/{file.path}")
        except OSError:  # it was collected meanwhile, or has too many names
            self._written -= known.size
            return None
        return known.size

    def _new(self, file: TreeFile, mode: int) -> int:
        content = self._content(file)
        self._count(len(content))
        try:
            handle = os.open(self._into / file.path, _FLAGS, mode)
        except OSError as error:
            raise UnsafePath(f"{file.path!r} can't be written: {error.strerror}.") from error
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return len(content)

    def _count(self, size: int) -> None:
        if self._written + size > self._limits.total_bytes:
            raise TooLarge(
                f"all files together have more than {self._limits.total_bytes:,} bytes.",
                hint="Point the App at a smaller path, or keep large files out of Git.",
            )
        self._written += size

    def _content(self, file: TreeFile) -> bytes:
        try:
            return self._reader.blob(file.entry.sha, limit=self._limits.file_bytes)
        except TooLarge as error:
            size = error.message.split(" has ", 1)[-1]
            raise TooLarge(
                f"the file {file.path!r} has {size}",
                hint="Keep large files out of the path that the App reads.",
                place=self._place(file.path),
            ) from error

    def _make_folder(self, folder: str) -> None:
        if folder in self._folders:
            return
        try:
            (self._into / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnsafePath(f"{folder!r} can't be made: {error.strerror}.") from error
        self._folders.add(folder)

    def _place(self, path: str) -> Place:
        return Place(file=posixpath.join(self._prefix, path))

    def _target(self, file: TreeFile) -> str:
        content = self._reader.blob(file.entry.sha, limit=_LINK_TARGET)
        return content.decode("utf-8", "surrogateescape")

    def _check_target(self, file: TreeFile, target: str) -> None:
        landing = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target))
        if not target or "\0" in target or target.startswith("/") or landing.split("/")[0] == "..":
            raise _leads_out(file.path, target, self._place(file.path))

    def _write_link(self, file: TreeFile) -> None:
        self._make_folder(posixpath.dirname(file.path))
        try:
            (self._into / file.path).symlink_to(self._target(file))
        except OSError as error:
            raise UnsafePath(f"{file.path!r} can't be written: {error.strerror}.") from error

    def _refuse_links_that_lead_out(self) -> None:
        """A link through another link may lead out although its text doesn't say so."""
        inside = os.path.realpath(self._into) + os.sep
        for link in self._links:
            if not (os.path.realpath(self._into / link.path) + os.sep).startswith(inside):
                raise _leads_out(link.path, self._target(link), self._place(link.path))


def _leads_out(path: str, target: str, place: Place) -> UnsafePath:
    return UnsafePath(
        f"{path!r} is a link to {target!r}, which leads out of the folder.",
        hint="Replace the link by the file itself, or by a relative link within the folder.",
        place=place,
    )
