"""Rendering a plain folder: every YAML and JSON file in it, in the order of their names."""

import os
import posixpath
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
_Found = tuple[RenderedObject, ...] | None
_read: Recent[tuple[object, ...], tuple[_Found]] = Recent(_FILES_KEPT)
_OF_A_MANIFEST = (b"apiVersion:", b"kind:", b"metadata:")


def render_folder(
    artifact: Artifact, options: DirectoryOptions
) -> tuple[list[RenderedObject], list[str]]:
    """The objects, and the names of the files that hold none. Raises RenderError."""
    objects: list[RenderedObject] = []
    ignored: list[str] = []
    folder = artifact.name_of(artifact.path)
    for relative in _files(str(artifact.path), options):
        name = posixpath.normpath(posixpath.join(folder, relative))
        _refuse_other_formats(name)
        found = _objects_in(f"{artifact.path}/{relative}", name, options)
        objects.extend(found or ())
        if found is None:
            ignored.append(name)
    return objects, ignored


def _objects_in(path: str, name: str, options: DirectoryOptions) -> _Found:
    """The objects of a file, None when it is something else. Raises RenderError.

    A file of an artifact never changes, and a commit that leaves it alone shares it with the one
    before: so it is read once, and known by its place on the disk.
    """
    stat = os.stat(path)
    how = (options.lenient, options.skip_mark)
    place = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size, name, how)
    if known := _read.get(place):
        return known[0]
    found = None
    if not _is_passed_over(Path(path), name, options):
        documents = read_documents(Path(path), name)
        if not _is_something_else(name, documents):
            found = tuple(item for document in documents for item in objects_of(document))
    _read.put(place, (found,))
    return found


def _is_passed_over(path: Path, name: str, options: DirectoryOptions) -> bool:
    """Whether a file says that it is no manifest, or can't be read and does not look like one."""
    if not (options.lenient or options.skip_mark):
        return False
    content = path.read_bytes()
    if options.skip_mark and options.skip_mark.encode() in content:
        return True
    alike = path.suffix == ".json" or all(word in content for word in _OF_A_MANIFEST)
    if alike or not options.lenient:
        return False
    try:
        read_documents(path, name)
    except RenderError:
        return True
    return False


def _files(folder: str, options: DirectoryOptions) -> Iterator[str]:
    """Hidden files and folders don't count, and links to folders are not followed."""
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if not options.recurse:
            folders.clear()
        inside = current[len(folder) + 1 :].replace(os.sep, "/")
        for name in sorted(names):
            relative = f"{inside}/{name}" if inside else name
            if _counts(name, relative, options) and os.path.isfile(f"{current}/{name}"):
                yield relative


def _counts(name: str, relative: str, options: DirectoryOptions) -> bool:
    if name.startswith(".") or not (name.endswith(SUFFIXES) or name in KUSTOMIZATION_FILES):
        return False
    if options.include and not matches(relative, options.include):
        return False
    return not matches(relative, options.exclude)


def _refuse_other_formats(name: str) -> None:
    """To apply the parts of a build one by one would give other objects than its author meant."""
    folder, file = posixpath.dirname(name) or ".", posixpath.basename(name)
    if file in KUSTOMIZATION_FILES:
        raise RenderError(
            "a Kustomize build lies below the App's path.",
            reason="NestedKustomization",
            place=Place(file=name),
            hint=f"Set spec.source.path to {folder or '.'!r}, or exclude the folder.",
        )
    if file == _CHART:
        raise RenderError(
            "a Helm chart lies below the App's path.",
            reason="NestedChart",
            place=Place(file=name),
            hint=f"Set spec.source.path to {folder or '.'!r}, or exclude the folder.",
        )


def _is_something_else(name: str, documents: list[Document]) -> bool:
    """A mapping without any mark of an object, in all documents: values, settings of a tool.

    Text or a list in a YAML file may be a manifest that somebody broke; to pass over it would
    prune its objects, so that is left to be an error.
    """
    values = [document.obj for document in documents]
    if any(looks_like_object(value) for value in values):
        return False
    return name.endswith(".json") or all(isinstance(value, dict) for value in values)
