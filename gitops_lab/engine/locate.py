"""From a field that is wrong to the line in which somebody wrote it."""

import os
from dataclasses import replace
from pathlib import Path

from gitops_lab.engine.source import Artifact
from gitops_lab.errors import Place
from gitops_lab.kube.lines import line_of

_MAX_BYTES = 1024 * 1024


def text_of(artifact: Artifact | None, name: str) -> str:
    """The text of a file by its name in the repository; "" when it can't be read as text."""
    if artifact is None or not name:
        return ""
    path = artifact.root / os.path.relpath(name, artifact.prefix or ".")
    try:
        inside = path.resolve().is_relative_to(artifact.root.resolve())
        if not inside or path.stat().st_size > _MAX_BYTES:
            return ""
        return Path(path).read_text()
    except (OSError, ValueError):
        return ""


def located(place: Place, artifact: Artifact | None) -> Place:
    """The place with the line of its field instead of the line where its object begins."""
    return located_in(text_of(artifact, place.file), place) if place.field else place


def located_in(text: str, place: Place) -> Place:
    """The same, in a text that was read before; unchanged when there is none."""
    if not (text and place.field and place.line):
        return place
    return replace(place, line=line_of(text, place.line, place.field))
