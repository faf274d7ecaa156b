"""Reading git's objects without starting a process where that can be had.

What a push brings is stored as loose files (a zlib stream of `type SP size NUL content`, see
gitformat-loose), up to git's unpack limit of 100 objects; those are read directly, in some 50 µs.
What came in larger portions lies in packs, and is read there. Everything else comes from one
`git cat-file --batch` that lives as long as the reader.
"""

import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from gitops_lab.git.errors import GitError, TooLarge
from gitops_lab.git.packs import Packs
from gitops_lab.git.process import clean_environment

OBJECT_LIMIT = 64 * 1024 * 1024
_HEADER = 64


class MissingObject(GitError):
    """The repository has no such object."""

    default_reason = "MissingObject"


@dataclass(frozen=True)
class TreeEntry:
    """One row of a tree; `mode` in git's octal words, e.g. 0o100644, 0o40000, 0o120000."""

    mode: int
    name: str
    sha: str

    @property
    def is_tree(self) -> bool:
        """A folder."""
        return self.mode == 0o40000

    @property
    def is_link(self) -> bool:
        """A symbolic link; its blob is the target."""
        return self.mode == 0o120000

    @property
    def is_submodule(self) -> bool:
        """A commit of another repository."""
        return self.mode == 0o160000


class ObjectReader:
    """Objects of one bare repository, by their full sha. A context manager; for one thread."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._packs = Packs(repository)
        self._batch: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ObjectReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files, and end the process behind the reader, if one was started."""
        self._packs.close()
        batch, self._batch = self._batch, None
        if batch is None:
            return
        batch.kill()
        batch.communicate()

    def read(self, sha: str, *, limit: int = OBJECT_LIMIT) -> tuple[str, bytes]:
        """Type ("commit", "tree", "blob" or "tag") and content.

        Raises MissingObject, and TooLarge (before reading it) for content over `limit` bytes.
        """
        try:
            found = self._read_loose(sha, limit) or self._packs.read(sha, limit)
            return found or self._read_batch(sha, limit)
        except (ValueError, zlib.error) as error:
            raise self._damaged(sha) from error

    def blob(self, sha: str, *, limit: int = OBJECT_LIMIT) -> bytes:
        """The content of a file."""
        return self._expect("blob", sha, limit)

    def commit(self, sha: str) -> bytes:
        """The raw text of a commit."""
        return self._expect("commit", sha, OBJECT_LIMIT)

    def tree(self, sha: str) -> Iterator[TreeEntry]:
        """The rows of a tree, in git's order."""
        content = self._expect("tree", sha, OBJECT_LIMIT)
        try:
            return iter(list(_rows(content)))
        except ValueError as error:
            raise self._damaged(sha) from error

    def peel(self, sha: str) -> str:
        """The commit that an annotated tag stands for; a commit's own sha otherwise."""
        for _ in range(10):
            kind, content = self.read(sha)
            if kind != "tag":
                break
            sha = content[7:47].decode("ascii", "replace")
        return sha

    def _expect(self, kind: str, sha: str, limit: int) -> bytes:
        found, content = self.read(sha, limit=limit)
        if found != kind:
            raise MissingObject(f"{sha[:12]} is a {found}, not a {kind}.")
        return content

    def _read_loose(self, sha: str, limit: int) -> tuple[str, bytes] | None:
        file = self._repository / "objects" / sha[:2] / sha[2:]
        try:
            packed = file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        stream = zlib.decompressobj()
        head = stream.decompress(packed, _HEADER)
        header, _, start = head.partition(b"\0")
        kind, _, size = header.partition(b" ")
        _refuse(sha, int(size), limit)
        content = start + stream.decompress(stream.unconsumed_tail, int(size) + 1)
        if len(content) != int(size):
            raise self._damaged(sha)
        return kind.decode(), content

    def _damaged(self, sha: str) -> MissingObject:
        return MissingObject(
            f"the object {sha} of the repository is damaged.",
            hint=f"Run `git fsck` in {self._repository}.",
        )

    def _read_batch(self, sha: str, limit: int) -> tuple[str, bytes]:
        batch = self._batch = self._batch or self._start()
        if batch.stdin is None or batch.stdout is None:
            raise GitError("git cat-file was started without pipes.")
        batch.stdin.write(f"{sha}\n".encode())
        batch.stdin.flush()
        header = batch.stdout.readline().split()
        if len(header) != 3:
            raise MissingObject(f"the repository has no object {sha}.")
        kind, size = header[1].decode(), int(header[2])
        if size > limit:
            self.close()
        _refuse(sha, size, limit)
        content = batch.stdout.read(size)
        batch.stdout.read(1)
        return kind, content

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=self._repository,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def _refuse(sha: str, size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"the object {sha[:12]} has {size:,} bytes; at most {limit:,} are read.")


def _rows(content: bytes) -> Iterator[TreeEntry]:
    position = 0
    while position < len(content):
        space = content.index(b" ", position)
        end = content.index(b"\0", space)
        yield TreeEntry(
            mode=int(content[position:space], 8),
            name=content[space + 1 : end].decode("utf-8", "surrogateescape"),
            sha=content[end + 1 : end + 21].hex(),
        )
        position = end + 21
