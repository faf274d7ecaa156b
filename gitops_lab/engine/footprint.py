"""Which parts of a repository a build may read: its folder, and the folders it points to.

Kustomize reads bases and components beside its own folder. To export the whole repository for
that would cost with its size, and render again whenever any file changed; so the kustomization
files are searched for what looks like a way up, and that is taken along.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from gitops_lab.git.objects import ObjectReader, TreeEntry
from gitops_lab.git.trees import walk

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""A folder with one of these is built with Kustomize, which may read beside the folder."""

_FILE_BYTES = 1024 * 1024
_WAY_UP = re.compile(r"[^\s\"',=\[\]{}]*\.\.[^\s\"',\[\]{}]*")
_WITH_SPACES = re.compile(r"\.\./[^\n\"'\]},#]*")


def footprint(
    reader: ObjectReader, root: TreeEntry, path: str, also: Iterable[str] = ()
) -> Mapping[str, TreeEntry]:
    """Path -> folder or file, none inside another; `path` ("" is the root) is covered.

    `also` are folders that the App adds, relative to the path.

    A way that leads nowhere, or out of the repository, is left to the render to complain about.
    """
    found: dict[str, TreeEntry] = {}
    waiting = [path, *filter(None, (_target(path, way) for way in also))]
    while waiting:
        wanted = waiting.pop()
        entry = _at(reader, root, wanted)
        if entry is None or _covered(wanted, found):
            continue
        found[wanted] = entry
        if entry.is_tree:
            waiting.extend(_pointed_to(reader, entry, wanted))
    return {at: entry for at, entry in sorted(found.items()) if not _inside_another(at, found)}


def _at(reader: ObjectReader, root: TreeEntry, path: str) -> TreeEntry | None:
    entry: TreeEntry | None = root
    for part in path.split("/") if path else ():
        rows = reader.tree(entry.sha) if entry and entry.is_tree else iter(())
        entry = next((row for row in rows if row.name == part), None)
    return entry


def _covered(path: str, found: Mapping[str, TreeEntry]) -> bool:
    return path in found or _inside_another(path, found)


def _inside_another(path: str, found: Mapping[str, TreeEntry]) -> bool:
    return bool(path) and any(path.startswith(f"{other}/" if other else "") for other in found)


def _pointed_to(reader: ObjectReader, tree: TreeEntry, at: str) -> Iterator[str]:
    """The paths that the kustomization files below a folder point to, if they lead upwards."""
    for file in walk(reader, tree.sha):
        if posixpath.basename(file.path) not in KUSTOMIZATION_FILES or file.entry.is_submodule:
            continue
        text = reader.blob(file.entry.sha, limit=_FILE_BYTES).decode("utf-8", "replace")
        folder = posixpath.dirname(posixpath.join(at, file.path))
        for way in {*_WAY_UP.findall(text), *map(str.strip, _WITH_SPACES.findall(text))}:
            target = _target(folder, way)
            if target is not None:
                yield target


def _target(folder: str, way: str) -> str | None:
    """Where a way leads from a folder; None when it leads out of the repository."""
    target = posixpath.normpath(posixpath.join(folder, way))
    if target.split("/")[0] == ".." or target.startswith("/"):
        return None
    return "" if target == "." else target
