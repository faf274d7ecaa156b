"""Finding and walking what a commit holds, without touching the disk's own folders."""

from collections.abc import Iterator
from dataclasses import dataclass

from gitops_lab.git.commits import parse_commit
from gitops_lab.git.errors import PathNotFound, TooLarge, UnsafePath
from gitops_lab.git.names import path_parts
from gitops_lab.git.objects import ObjectReader, TreeEntry

MAX_DEPTH = 64


@dataclass(frozen=True)
class TreeFile:
    """A file, link or submodule, with its path from where the walk started."""

    path: str
    entry: TreeEntry


def root_tree(reader: ObjectReader, commit: str) -> str:
    """The sha of a commit's root tree."""
    return parse_commit(commit, reader.commit(commit))[1]


def find(reader: ObjectReader, commit: str, path: str) -> TreeEntry:
    """The file or folder at a path of a commit.

    Raises PathNotFound, with what stands beside it in the hint.
    """
    entry = TreeEntry(0o40000, "", root_tree(reader, commit))
    done: list[str] = []
    for part in path_parts(path):
        rows = list(reader.tree(entry.sha)) if entry.is_tree else []
        found = next((row for row in rows if row.name == part), None)
        if found is None:
            raise _no_path(path, "/".join(done), rows)
        entry = found
        done.append(part)
    return entry


def folder(reader: ObjectReader, commit: str, path: str) -> TreeEntry:
    """The folder at a path. Raises PathNotFound, also when a file stands there."""
    entry = find(reader, commit, path)
    if not entry.is_tree:
        raise PathNotFound(f"{path!r} is not a folder.", hint="Name the folder that holds it.")
    return entry


def walk(reader: ObjectReader, tree: str, *, max_files: int = 100_000) -> Iterator[TreeFile]:
    """All files below a tree, folders first to last in git's order.

    Names are as they stand in the trees, which may be anything: check before writing one.
    Raises TooLarge beyond `max_files`.
    """
    for count, file in enumerate(_walk(reader, tree, "", 0), start=1):
        if count > max_files:
            raise TooLarge(f"more than {max_files:,} files.")
        yield file


def _walk(reader: ObjectReader, tree: str, prefix: str, depth: int) -> Iterator[TreeFile]:
    if depth > MAX_DEPTH:
        raise UnsafePath(f"{prefix!r} is nested more than {MAX_DEPTH} folders deep.")
    for entry in reader.tree(tree):
        if entry.is_tree:
            yield from _walk(reader, entry.sha, f"{prefix}{entry.name}/", depth + 1)
        else:
            yield TreeFile(prefix + entry.name, entry)


def _no_path(path: str, parent: str, rows: list[TreeEntry]) -> PathNotFound:
    beside = ", ".join(sorted(row.name + ("/" if row.is_tree else "") for row in rows)[:12])
    where = f"{parent}/" if parent else "the repository's root"
    return PathNotFound(
        f"the commit has no {path!r}.", hint=f"In {where} there is: {beside or 'nothing'}."
    )
