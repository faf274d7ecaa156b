"""Reading a repository as if the content of its submodules stood in it.

A submodule is the sha of a commit of another repository, which `.gitmodules` names. Objects are
known by what they contain, so a tree of the other repository can be read in place of that row.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from gitops_lab.git.commits import parse_commit
from gitops_lab.git.errors import GitError
from gitops_lab.git.objects import OBJECT_LIMIT, ObjectReader, TreeEntry

_URL = re.compile(r"^\s*url\s*=\s*\"?([^\"\n]*?)\"?\s*$", re.MULTILINE)
_LIMIT = 64 * 1024


class WithoutSubmodules(ObjectReader):
    """A reader for which there are none, as for a clone that was made without them."""

    def tree(self, sha: str) -> Iterator[TreeEntry]:
        """The rows of a tree that are files or folders."""
        return (row for row in super().tree(sha) if not row.is_submodule)


class SubmoduleReader(ObjectReader):
    """A reader for which submodules are folders, at any depth.

    `other` finds the repository of a URL, None for one that can't be read: such a submodule stays
    one, as does one whose commit is not in its repository.
    """

    def __init__(self, repository: Path, other: Callable[[str], Path | None]) -> None:
        super().__init__(repository)
        self._other = other
        self._others: dict[Path, ObjectReader] = {}
        self._owner: dict[str, ObjectReader] = {}

    def close(self) -> None:
        """End the processes behind the readers, if some were started."""
        super().close()
        for other in self._others.values():
            other.close()

    def commit(self, sha: str) -> bytes:
        """The raw text of a commit, whose submodules are known from now on."""
        text = super().commit(sha)
        self._learn(parse_commit(sha, text)[1])
        return text

    def blob(self, sha: str, *, limit: int = OBJECT_LIMIT) -> bytes:
        """The content of a file."""
        owner = self._owner.get(sha)
        return owner.blob(sha, limit=limit) if owner else super().blob(sha, limit=limit)

    def tree(self, sha: str) -> Iterator[TreeEntry]:
        """The rows of a tree, in git's order."""
        owner = self._owner.get(sha)
        for row in owner.tree(sha) if owner else super().tree(sha):
            if row.is_submodule:
                yield self._opened(row)
                continue
            if owner:
                self._owner[row.sha] = owner
            yield row

    def _opened(self, row: TreeEntry) -> TreeEntry:
        for other in list(self._others.values()):
            try:
                tree = parse_commit(row.sha, other.commit(row.sha))[1]
            except GitError:
                continue
            self._owner[tree] = other
            self._learn(tree)
            return TreeEntry(0o40000, row.name, tree)
        return row

    def _learn(self, tree: str) -> None:
        """Open the repositories that the `.gitmodules` in a root tree names."""
        owner = self._owner.get(tree)
        reader = owner or self
        rows = owner.tree(tree) if owner else super().tree(tree)
        file = next((row for row in rows if row.name == ".gitmodules"), None)
        if file is None or file.is_tree or file.is_submodule:
            return
        content = reader.blob(file.sha, limit=_LIMIT)
        for url in _URL.findall(content.decode("utf-8", "replace")):
            path = self._other(url)
            if path is not None and path not in self._others:
                self._others[path] = ObjectReader(path)
