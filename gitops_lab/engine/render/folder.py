"""Rendering a plain folder: every YAML and JSON file in it, in the order of their names."""

import os
from collections.abc import Iterator
from pathlib import Path

from gitops_lab.engine.app import DirectoryOptions
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.footprint import KUSTOMIZATION_FILES
from gitops_lab.engine.recent import Recent
from gitops_lab.engine.render.files import SUFFIXES, read_documents
from gitops_lab.engine.render.globs import matches
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.engine.render.objects import looks_like_object, objects_of
from gitops_lab.engine.source import Artifact
from gitops_lab.errors import Place
from gitops_lab.kube.yamls import Document

_CHART = "Chart.yaml"
_FILES_KEPT = 4000
_read: Recent[tuple[int, int, int, int, str], tuple[tuple[RenderedObject, ...] | None]] = Recent(
    _FILES_KEPT
)


def render_folder(
    artifact: Artifact, options: DirectoryOptions
) -> tuple[list[RenderedObject], list[str]]:
    """The objects, and the names of the files that hold none. Raises RenderError."""
    objects: list[RenderedObject] = []
    ignored: list[str] = []
    for path in _files(artifact.path, options):
        name = artifact.name_of(path)
        _refuse_other_formats(path, name)
        found = _objects_in(path, name)
        objects.extend(found or ())
        if found is None:
            ignored.append(name)
    return objects, ignored


def _objects_in(path: Path, name: str) -> tuple[RenderedObject, ...] | None:
    """The objects of a file, None when it is something else. Raises RenderError.

    A file of an artifact never changes, and a commit that leaves it alone shares it with the one
    before: so it is read once, and known by its place on the disk.
    """
    stat = path.stat()
    place = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size, name)
    if known := _read.get(place):
        return known[0]
    documents = read_documents(path, name)
    found = None
    if not _is_something_else(path, documents):
        found = tuple(item for document in documents for item in objects_of(document))
    _read.put(place, (found,))
    return found


def _files(folder: Path, options: DirectoryOptions) -> Iterator[Path]:
    """Hidden files and folders don't count, and links to folders are not followed."""
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if not options.recurse:
            folders.clear()
        for name in sorted(names):
            path = Path(current, name)
            relative = path.relative_to(folder).as_posix()
            if _counts(name, relative, options) and path.is_file():
                yield path


def _counts(name: str, relative: str, options: DirectoryOptions) -> bool:
    if name.startswith(".") or not (name.endswith(SUFFIXES) or name in KUSTOMIZATION_FILES):
        return False
    if options.include and not matches(relative, options.include):
        return False
    return not matches(relative, options.exclude)


def _refuse_other_formats(path: Path, name: str) -> None:
    """To apply the parts of a build one by one would give other objects than its author meant."""
    folder = name.rpartition("/")[0] or "."
    if path.name in KUSTOMIZATION_FILES:
        raise RenderError(
            "a Kustomize build lies below the App's path.",
            reason="NestedKustomization",
            place=Place(file=name),
            hint=f"Set spec.source.path to {folder!r}, or exclude the folder.",
        )
    if path.name == _CHART:
        raise RenderError(
            "a Helm chart lies below the App's path.",
            reason="NestedChart",
            place=Place(file=name),
            hint=f"Set spec.source.path to {folder!r}, or exclude the folder.",
        )


def _is_something_else(path: Path, documents: list[Document]) -> bool:
    """A mapping without any mark of an object, in all documents: values, settings of a tool.

    Text or a list in a YAML file may be a manifest that somebody broke; to pass over it would
    prune its objects, so that is left to be an error.
    """
    values = [document.obj for document in documents]
    if any(looks_like_object(value) for value in values):
        return False
    return path.suffix == ".json" or all(isinstance(value, dict) for value in values)
